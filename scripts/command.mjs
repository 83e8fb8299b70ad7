import { spawn } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Runs a program to its end.
 * @param options.timeout milliseconds after which the program and its children are ended
 * @param options.live pass the output through instead of collecting it
 * @returns {Promise<{ok: boolean, status: number | null, output: string, why: string}>} never rejects; `why` says in a few words what went wrong
 */
export function command(file, args, { cwd, env, timeout, live = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      env: env ?? process.env,
      stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      detached: timeout !== undefined, // a group of its own, so that a time-out reaches the children too
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => { output = (output + chunk).slice(-100_000); });
    }
    let timedOut = false;
    const timer = timeout === undefined ? undefined : setTimeout(() => {
      timedOut = true;
      try { process.kill(-child.pid, 'SIGKILL'); } catch { /* it ended just now */ }
    }, timeout);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ ok: false, status: null, output, why: `${file}: ${error.code ?? error.message}` });
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      const why = timedOut ? `no end after ${timeout / 1000} s` : status === 0 ? '' : lastLine(output) || `exit status ${status}`;
      resolve({ ok: status === 0 && !timedOut, status, output, why });
    });
  });
}

/** The path of a program on PATH, or undefined. */
export function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, name);
    if (isProgram(path)) return path;
  }
  return undefined;
}

/** True for a file that this user may execute. */
export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** True where the module at `url` is the program that Node was started with, also through a link. */
export const isMain = (url) => process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);

const lastLine = (text) => text.trim().split('\n').at(-1)?.trim().slice(0, 300) ?? '';
