import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.mjs';
import { say, whileSaying } from './log.mjs';

/** The npm that runs this, by node itself: on Windows there is no program of that name, but a script. */
const own = process.env.npm_execpath ?? '';
const [npm, ...npmFirst] = /npm-cli\.js$/.test(own) ? [process.execPath, own] : ['npm'];

/** Installs Node's packages when node_modules is missing or does not match the lock file. */
export async function setUpPackages(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const why = mismatch(wanted, packagesOf(join(root, 'node_modules/.package-lock.json')));
  if (!why) return;
  say('packages', `npm ci (${why})`);
  const places = Object.entries(wanted).flatMap(([path, entry]) => (path === '' || entry.optional ? [] : [join(root, path, 'package.json')]));
  const progress = () => `${places.filter((place) => existsSync(place)).length} of ${places.length} packages are there`;
  const result = await whileSaying('packages', progress, () =>
    command(npm, [...npmFirst, 'ci', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: root, timeout: 900_000 }));
  if (!result.ok) throw new Error(`npm ci failed${result.why ? ` (${result.why})` : ''}:\n${result.output.trim().split('\n').slice(-10).join('\n')}`);
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
