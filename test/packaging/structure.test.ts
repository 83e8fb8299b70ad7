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

test('lint refuses an import against the direction, and nothing else', async () => {
  const found = await lint({
    'contracts/check.ts': "export { openStore } from '../registry';",
    'learning/predict.ts': "export { openStore } from '../registry';",
    'drift/holm.ts': "export { pull } from '../data';",
    'activities/pull.ts': "export { createWorker } from '../workers';",
    'serving/model.ts': "export { lifecycleActivities } from '../activities';",
    'workers/index.ts': "export { csv } from '../test/lifecycle/rows';",
    'cli/exit.ts': "export { createWorker } from '../workers';\nexport { openStore } from '../registry';",
    'reports/words.ts': "export type { Phase } from '../contracts/run';",
  });
  expect(found).toEqual({
    'contracts/check.ts': [direction],
    'learning/predict.ts': [direction],
    'drift/holm.ts': [direction],
    'activities/pull.ts': [direction],
    'serving/model.ts': [direction],
    'workers/index.ts': [direction],
    'cli/exit.ts': [],
    'reports/words.ts': [],
  });
});

test('lint keeps Node and the values of activities out of the workflows', async () => {
  const found = await lint({
    'workflows/gates.ts': "import { readFileSync } from 'node:fs';\nexport { readFileSync };",
    'workflows/decide.ts': "import { lifecycleActivities } from '../activities/lifecycle';\nexport { lifecycleActivities };",
    'workflows/steps.ts': "import type { LifecycleActivities } from '../activities/types';\nexport type { LifecycleActivities };",
  });
  expect(found).toEqual({
    'workflows/gates.ts': ['no-restricted-imports'],
    'workflows/decide.ts': ['@typescript-eslint/no-restricted-imports'],
    'workflows/steps.ts': [],
  });
});

test('lint refuses a file of more than 300 lines', async () => {
  expect(await lint({ 'contracts/check.ts': 'export {};\n'.repeat(301) })).toEqual({ 'contracts/check.ts': ['max-lines'] });
});
