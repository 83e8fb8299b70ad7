/**
 * Sets up what the tests need, builds, and runs jest with the given arguments.
 * The last line is `N passed, N failed`, with `, N skipped` where some were; the exit status is jest's.
 *
 *   node scripts/test.mjs [jest arguments]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from './command.mjs';
import { root, setUpOrExit } from './setup.mjs';

const tools = await setUpOrExit('test');
const withoutBrowser = tools.chromium ? [] : ['--testPathIgnorePatterns=/dist/test/browser/'];
const folder = mkdtempSync(join(tmpdir(), 'continual-jest-'));
const file = join(folder, 'result.json');
const jest = await command(process.execPath, [
  join(root, 'node_modules/jest/bin/jest.js'), '--config', join(root, 'jest.config.cjs'), '--json', `--outputFile=${file}`,
  ...withoutBrowser, ...process.argv.slice(2),
], { cwd: root, live: true, env: { TF_CPP_MIN_LOG_LEVEL: '2', ...process.env } });

if (!tools.chromium) {
  console.log('Left out: test/browser, because no Chromium was found. To get it: apt-get install chromium, or set CHROMIUM_PATH.');
}
console.log(summary());
rmSync(folder, { recursive: true, force: true });
process.exit(jest.status ?? 1);

function summary() {
  let result;
  try {
    result = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return '0 passed, 1 failed'; // jest itself broke, and has said why above
  }
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const skipped = result.numPendingTests + result.numTodoTests;
  return `${result.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
}
