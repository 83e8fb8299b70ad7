import { createRequire } from 'node:module';
import { runJob } from '../activities/jobs';
import { ContinualError } from '../contracts';
import { openStore, Registry } from '../registry';
import type { FromProcess, ToProcess } from './protocol';

/**
 * The program of the process that trains: takes one job at a time from the worker that started it, and ends with it.
 * TensorFlow's settings are in its environment, because the library reads them once, when it is loaded.
 */
const [store, ...modules] = process.argv.slice(2);
const registry = new Registry(openStore(store!));
const jobs = new Map<number, { controller: AbortController; leave: 'keep' | 'discard' }>();
const tell = (message: FromProcess) => process.send?.(message);

// A worker that was killed cannot say so: the channel closes, and nobody is left to train for.
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal and a service manager's end of a whole group reach this process too; its worker decides what happens to the job.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

process.on('message', (message: ToProcess) => {
  if (message.kind === 'job') void work(message);
  else {
    const job = jobs.get(message.id);
    if (!job) return;
    job.leave = message.leave;
    job.controller.abort();
  }
});

async function work({ id, job, input }: Extract<ToProcess, { kind: 'job' }>): Promise<void> {
  const entry = { controller: new AbortController(), leave: 'keep' as 'keep' | 'discard' };
  jobs.set(id, entry);
  try {
    const result = await runJob(job, input, {
      registry,
      signal: entry.controller.signal,
      onCancel: () => entry.leave,
      onProgress: (progress) => tell({ kind: 'progress', id, progress }),
    });
    tell({ kind: 'done', id, result });
  } catch (error) {
    tell({ kind: 'failed', id, error: describe(error) });
  } finally {
    jobs.delete(id);
  }
}

function describe(error: unknown) {
  const aborted = error instanceof Error && error.name === 'AbortError';
  if (error instanceof ContinualError) return { type: error.type, message: error.message, terminal: error.terminal, aborted };
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'UnexpectedError', message, terminal: false, aborted };
}

/** The user's modules are CommonJS or, from Node 22 on, ES modules without top-level await. */
function load(): FromProcess {
  const require = createRequire(__filename);
  for (const path of modules) {
    try {
      require(path);
    } catch (error) {
      return { kind: 'broken', message: `modules: ${path} cannot be loaded: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}` };
    }
  }
  return { kind: 'ready' };
}
tell(load());
setInterval(() => tell({ kind: 'alive' }), 10_000).unref();
