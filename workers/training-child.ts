import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { TrainerHooks, TrainingJobs } from '../activities/types';
import { InvalidInput, TrainingProcessLost } from '../contracts';
import { JobFailed } from './job-failed';
import type { FromProcess, ToProcess } from './protocol';

const program = join(__dirname, 'training-process.js');
/** How long a cancelled job may take to write its checkpoint before the process is killed. */
const patience = 20_000;
/** How long a process may take to load TensorFlow and the modules. */
const longestStart = 120_000;

/** How often it is looked whether a process with a job has said anything, and how often in a row it may not have: an hour of a machine that is awake, since predicting many rows lets it say nothing. */
const glance = 30_000;
const glances = 120;

/** What a new process says first; where it says nothing, or is not wanted any more, it is ended. */
async function firstWord(child: ChildProcess, modules: string[], signal: AbortSignal): Promise<FromProcess> {
  const told = new AbortController();
  try {
    return await new Promise<FromProcess>((resolve, reject) => {
      const end = (reason: Error) => {
        child.kill('SIGKILL');
        reject(reason);
      };
      const late = setTimeout(() => end(new TrainingProcessLost(`the training process was not ready within ${longestStart / 1000} s, and was ended; look whether a module that it loads waits for something (${modules.join(', ') || 'none is given'})`)), longestStart);
      told.signal.addEventListener('abort', () => clearTimeout(late));
      signal.addEventListener('abort', () => end(signal.reason as Error), { signal: told.signal });
      child.once('message', resolve);
      child.once('error', reject);
      child.once('exit', (code, killed) => reject(new TrainingProcessLost(`the training process ended at its start (${killed ?? `exit ${code}`})`)));
    });
  } finally {
    told.abort();
    child.removeAllListeners();
  }
}

/** One training process, seen from the worker. */
export class TrainingChild {
  private next = 1;

  private constructor(
    private readonly child: ChildProcess,
    readonly environment: string,
  ) {}

  /** @param signal ends the start: a module that is loaded may hang for ever */
  static async start(store: string, modules: string[], environment: Record<string, string>, signal: AbortSignal): Promise<TrainingChild> {
    signal.throwIfAborted();
    const child = fork(program, [store, ...modules], { env: { ...process.env, ...environment }, execArgv: [], stdio: ['ignore', 2, 'inherit', 'ipc'] });
    const first = await firstWord(child, modules, signal);
    if (first.kind === 'broken') {
      child.disconnect();
      throw new InvalidInput(first.message);
    }
    // Without a listener an error of the channel would end the worker.
    child.on('error', () => undefined);
    return new TrainingChild(child, JSON.stringify(environment));
  }

  get alive(): boolean {
    return this.child.connected && this.child.exitCode === null && this.child.signalCode === null;
  }

  run(job: keyof TrainingJobs, input: unknown, { onProgress, signal, onCancel }: TrainerHooks): Promise<unknown> {
    const id = this.next++;
    const { child } = this;
    return new Promise((resolve, reject) => {
      let killer: NodeJS.Timeout | undefined;
      const cancel = () => {
        this.send({ kind: 'cancel', id, leave: onCancel() });
        killer = setTimeout(() => child.kill('SIGKILL'), patience);
      };
      // The worker's own heartbeats would keep a process that is stuck in a device or stopped by somebody for as long as a training may take.
      let silent = 0;
      const watch = setInterval(() => ++silent >= glances && child.kill('SIGKILL'), glance);
      const finish = (settle: () => void) => {
        clearInterval(watch);
        clearTimeout(killer);
        signal.removeEventListener('abort', cancel);
        child.off('message', hear);
        child.off('exit', lost);
        settle();
      };
      const hear = (message: FromProcess) => {
        silent = 0;
        if (message.kind === 'ready' || message.kind === 'broken' || message.kind === 'alive' || message.id !== id) return;
        if (message.kind === 'progress') onProgress(message.progress);
        else if (message.kind === 'done') finish(() => resolve(message.result));
        else finish(() => reject(new JobFailed(message.error)));
      };
      const lost = (code: number | null, killed: string | null) =>
        finish(() => {
          const how = silent >= glances ? 'it said nothing for an hour, and was ended' : (killed ?? `exit ${code}`);
          reject(signal.aborted ? (signal.reason as Error) : new TrainingProcessLost(`the training process ended during ${job} (${how}); it goes on from its last checkpoint`));
        });
      child.on('message', hear);
      child.on('exit', lost);
      signal.addEventListener('abort', cancel, { once: true });
      this.send({ kind: 'job', id, job, input });
      if (signal.aborted) cancel();
    });
  }

  async stop(): Promise<void> {
    if (!this.alive) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    const killer = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(killer);
  }

  private send(message: ToProcess): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }
}
