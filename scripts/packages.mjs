import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.mjs';
import { say, whileSaying } from './log.mjs';

/** Installs Node's packages when node_modules is missing or does not match the lock file. */
export async function setUpPackages(root) {
  const why = mismatch(packagesOf(join(root, 'package-lock.json')), packagesOf(join(root, 'node_modules/.package-lock.json')));
  if (!why) return;
  say('packages', `npm ci (${why})`);
  const result = await whileSaying('packages', 'still installing', () =>
    command('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, timeout: 900_000 }));
  if (!result.ok) throw new Error(`npm ci failed:\n${result.output.trim().split('\n').slice(-10).join('\n')}`);
  say('packages', 'installed');
}

/** npm writes the second file last of all, so a killed install does not match. */
function mismatch(wanted, installed) {
  if (!wanted) throw new Error('package-lock.json is missing or cannot be read');
  if (!installed) return 'nothing is installed yet';
  const other = Object.entries(wanted).find(([path, entry]) =>
    path !== '' && !entry.optional && !entry.devOptional && installed[path]?.version !== entry.version);
  return other && `${other[0]} is not at ${other[1].version}`;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
