import type { TrainingJobs } from '../activities/types';
import type { TrainingProgress } from '../contracts';

/** What the worker tells its training process. */
export type ToProcess =
  | { kind: 'job'; id: number; job: keyof TrainingJobs; input: unknown }
  | { kind: 'cancel'; id: number; leave: 'keep' | 'discard' };

/** What the training process answers. */
export type FromProcess =
  | { kind: 'ready' }
  /** Said every ten seconds: it is not stuck. */
  | { kind: 'alive' }
  /** One of the modules cannot be loaded; the process ends. */
  | { kind: 'broken'; message: string }
  | { kind: 'progress'; id: number; progress: TrainingProgress }
  | { kind: 'done'; id: number; result: unknown }
  | { kind: 'failed'; id: number; error: { type: string; message: string; terminal: boolean; aborted: boolean } };
