import type { BackendFacts, Pipeline, Table } from '../../contracts';
import { CorruptArtifact } from '../../contracts';
import { train, type Learner, type TrainingResult } from '../../learning';
import type { JobContext } from './context';

/** A training that is killed loses no more than this: ten seconds, or what the environment of the worker says. */
const checkpointSeconds = Number(process.env.CONTINUAL_CHECKPOINT_SECONDS) || 10;

export interface Lesson {
  pipeline: Pipeline;
  table: Table;
  parent: Learner | null;
  /** The champion of before a surgery, for a strategy that learns from what it says. */
  teacher?: Learner | null;
  backend: BackendFacts;
  /** What its checkpoints are kept under, beside the pipeline's name. */
  key: string;
  /** Whether somebody else has finished the same training meanwhile. */
  overtaken?(): Promise<boolean>;
}

/** Trains, from the newest checkpoint where there is one. Safe to kill and repeat at any point. */
export async function learn({ registry, signal, onCancel, onProgress }: JobContext, lesson: Lesson): Promise<TrainingResult> {
  const { pipeline, table, parent, teacher = null, backend, key, overtaken } = lesson;
  const { name } = pipeline;
  const request = {
    pipeline,
    table,
    parent,
    teacher,
    backend,
    onProgress,
    signal,
    checkpoint: {
      seconds: checkpointSeconds,
      save: async (bytes: Uint8Array, step: number) => {
        if (!(signal.aborted && onCancel() === 'discard')) await registry.saveCheckpoint(name, key, step, bytes);
      },
    },
  };
  const resume = (await registry.latestCheckpoint(name, key))?.bytes ?? null;
  try {
    return await train({ ...request, resume });
  } catch (error) {
    // Nobody goes on from them: the run was cancelled, or this attempt had timed out and another one has published.
    if (signal.aborted && (onCancel() === 'discard' || (await overtaken?.()))) await registry.clearCheckpoints(name, key);
    // A checkpoint that another release of this program wrote is no use; the rows and the seed still are.
    if (!(resume && error instanceof CorruptArtifact)) throw error;
    await registry.clearCheckpoints(name, key);
    return train({ ...request, resume: null });
  }
}
