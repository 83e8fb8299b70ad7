import { spawn } from 'node:child_process';
import { root } from '../setup/tools';

jest.setTimeout(120_000);

/** What lint would say if these files held these texts: the names of the broken rules, by file. */
function lint(files: Record<string, string>): Promise<Record<string, string[]>> {
  const program = `import { ESLint } from 'eslint';
    const eslint = new ESLint();
    const found = {};
    for (const [filePath, text] of Object.entries(JSON.parse(process.argv[1]))) {
      const [{ messages }] = await eslint.lintText(text, { filePath });
      found[filePath] = messages.map(({ ruleId, message }) => ruleId ?? message);
    }
    console.log(JSON.stringify(found));`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program, JSON.stringify(files)], { cwd: root(), stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(out) as Record<string, string[]>) : reject(new Error(err))));
  });
}

const direction = 'import-x/no-restricted-paths';
/** A file, what it might say, and the rules that this breaks. */
const cases: [string, string, string[]][] = [
  ['contracts/check.ts', "export { openStore } from '../registry';", [direction]],
  ['learning/predict.ts', "export { openStore } from '../registry';", [direction]],
  ['drift/holm.ts', "export { pull } from '../data';", [direction]],
  ['data/pull.ts', "export { openStore } from '../registry';", [direction]],
  ['activities/pull.ts', "export { createWorker } from '../workers';", [direction]],
  ['serving/model.ts', "export { lifecycleActivities } from '../activities';", [direction]],
  ['workers/index.ts', "export { csv } from '../test/lifecycle/rows';", [direction]],
  ['cli/exit.ts', "export { createWorker } from '../workers';\nexport { openStore } from '../registry';", []],
  ['reports/words.ts', "export type { Phase } from '../contracts/run';", []],
  ['workflows/gates.ts', "import { readFileSync } from 'node:fs';\nexport { readFileSync };", ['no-restricted-imports']],
  ['workflows/decide.ts', "import { lifecycleActivities } from '../activities/lifecycle';\nexport { lifecycleActivities };", ['@typescript-eslint/no-restricted-imports']],
  ['workflows/steps.ts', "import type { LifecycleActivities } from '../activities/types';\nexport type { LifecycleActivities };", []],
  ['contracts/drift.ts', '// a line\n'.repeat(301), ['max-lines']],
];

describe('lint', () => {
  let found: Record<string, string[]>;
  beforeAll(async () => (found = await lint(Object.fromEntries(cases.map(([file, text]) => [file, text])))));

  test.each(cases.map(([file, text, broken]) => ({ file, text: text.split('\n')[0], broken })))('$file saying $text breaks $broken', ({ file, broken }) => {
    expect(found[file]).toEqual(broken);
  });
});
