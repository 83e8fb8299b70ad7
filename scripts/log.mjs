/** Progress that reads well in a log: whole lines, each with its step; a running figure at most every few seconds. */
import { clearInterval, setInterval } from 'node:timers';

const started = Date.now();
let quiet = false;

/** `--json` keeps standard output for the result alone; progress then goes to standard error. */
export const logToStderr = () => { quiet = true; };

/** Prints one line such as `[setup   12 s] tensorflow: unpacking 61 %`. */
export function say(step, text) {
  const seconds = Math.round((Date.now() - started) / 1000);
  (quiet ? process.stderr : process.stdout).write(`[setup ${String(seconds).padStart(4)} s] ${step}: ${text}\n`);
}

/** Returns a function to call with (done, total) often; it prints at most every `every` milliseconds. */
export function meter(step, verb, every = 5000) {
  let last = Date.now();
  return (done, total) => {
    if (Date.now() - last < every) return;
    last = Date.now();
    say(step, `${verb} ${megabytes(done)} of ${megabytes(total)} (${Math.floor((100 * done) / total)} %)`);
  };
}

/** Says `text()` every 10 s while `work` runs, so that a log never looks dead. */
export async function whileSaying(step, text, work) {
  const timer = setInterval(() => say(step, text()), 10_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

export const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
