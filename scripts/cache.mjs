import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { say } from './log.mjs';

/** Where fetched things live: outside node_modules, so that `npm ci` loses nothing, and shared by all checkouts. */
export const cacheRoot = () =>
  process.env.CONTINUAL_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'continual-training');

/**
 * The folder `name` of the cache, made by `make(folder)` if it is not there yet.
 * It is built under another name and renamed when complete, so that a set-up that was killed leaves nothing half-made;
 * a lock keeps two set-ups from doing the same work.
 * @returns {Promise<string>} its path
 */
export async function cached(name, make) {
  const target = join(cacheRoot(), name);
  if (existsSync(target)) return target;
  mkdirSync(cacheRoot(), { recursive: true });
  return locked(name, async () => {
    if (existsSync(target)) return target;
    for (const left of readdirSync(cacheRoot()).filter((file) => file.startsWith(`.draft-${name}.`))) {
      if (!isAlive(Number(left.split('.').at(-1)))) rmSync(join(cacheRoot(), left), { recursive: true, force: true });
    }
    const draft = join(cacheRoot(), `.draft-${name}.${process.pid}`);
    mkdirSync(draft);
    try {
      await make(draft);
      renameSync(draft, target);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
    return target;
  });
}

/** Runs `work` while no other set-up holds the lock `name`. A lock whose process is gone counts for nothing. */
export async function locked(name, work) {
  const lock = join(cacheRoot(), `.lock-${name}`);
  mkdirSync(cacheRoot(), { recursive: true });
  for (let told = false; ; ) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isStale(lock)) {
        rmSync(lock, { force: true });
        continue;
      }
      if (!told) say(name, `another set-up is at it; waiting (lock file: ${lock})`);
      told = true;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function isStale(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    return pid ? !isAlive(pid) : Date.now() - statSync(lock).mtimeMs > 5000; // empty: its writer was killed between two calls
  } catch {
    return false; // it has just been given back
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** SHA-256 of a file, in hexadecimal. */
export async function sha256(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}
