import type { Trainer, TrainerHooks, TrainingJobs } from '../activities/types';
import { TrainingProcessLost, TrainingTooLong } from '../contracts';
import { milliseconds } from '../contracts/duration';
import { environmentFor } from '../learning/backend';
import type { Registry } from '../registry';
import { TrainingChild } from './training-child';

/**
 * Runs training jobs in a process of their own, one at a time, in the order in which they came: a device is never shared,
 * and the worker's event loop stays free for heartbeats and workflow tasks. The process stays warm between jobs that need
 * the same TensorFlow settings.
 */
export class LocalTrainer implements Trainer {
  private turn: Promise<unknown> = Promise.resolve();
  private child: TrainingChild | null = null;
  private stopping = new AbortController();

  constructor(
    private readonly registry: Registry,
    /** Modules that register models and strategies, loaded in the training process. */
    private readonly modules: string[] = [],
  ) {}

  async run<Job extends keyof TrainingJobs>(
    job: Job,
    input: Parameters<TrainingJobs[Job]>[0],
    hooks: TrainerHooks,
  ): Promise<Awaited<ReturnType<TrainingJobs[Job]>>> {
    const { signal } = hooks;
    let began = false;
    const mine = this.turn.then(async () => {
      began = true;
      signal.throwIfAborted();
      const { pipeline } = await this.registry.pipeline(input.pipeline, input.pipelineRevision);
      const child = await this.childWith(environmentFor(pipeline.model), signal);
      return withinLimit(pipeline.training.limit, hooks, (limited) => child.run(job, input, limited));
    });
    this.turn = mine.catch(() => undefined);
    // What waits for its turn is cancelled at once: the job before it may take hours.
    const cancelled = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => began || reject(signal.reason as Error), { once: true }),
    );
    return (await Promise.race([mine, cancelled])) as Awaited<ReturnType<TrainingJobs[Job]>>;
  }

  /** Ends the process; a job in it fails as lost and is tried again elsewhere. */
  async stop(): Promise<void> {
    this.stopping.abort(new TrainingProcessLost('the worker was stopped while the training process began'));
    this.stopping = new AbortController();
    await this.child?.stop();
    this.child = null;
  }

  private async childWith(environment: Record<string, string>, signal: AbortSignal): Promise<TrainingChild> {
    const wanted = JSON.stringify(environment);
    if (this.child?.alive && this.child.environment === wanted) return this.child;
    await this.child?.stop();
    this.child = await TrainingChild.start(this.registry.store.uri, this.modules, environment, AbortSignal.any([signal, this.stopping.signal]));
    return this.child;
  }
}

/** Node's timers count in 32 bits, 24.8 days; Temporal itself ends what may take longer. */
const longestTimer = 2 ** 31 - 1;

/** Ends a job that takes longer than its pipeline allows; what it has trained until then is let go. */
async function withinLimit<T>(limit: string, hooks: TrainerHooks, work: (hooks: TrainerHooks) => Promise<T>): Promise<T> {
  const overdue = new AbortController();
  const timer = milliseconds(limit) > longestTimer ? undefined : setTimeout(() => overdue.abort(), milliseconds(limit));
  try {
    return await work({ ...hooks, signal: AbortSignal.any([hooks.signal, overdue.signal]), onCancel: () => (overdue.signal.aborted ? 'discard' : hooks.onCancel()) });
  } catch (error) {
    if (!overdue.signal.aborted || hooks.signal.aborted) throw error;
    throw new TrainingTooLong(`it took longer than training.limit, ${limit}; train on fewer rows or epochs, or allow more`);
  } finally {
    clearTimeout(timer);
  }
}
