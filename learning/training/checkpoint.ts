import { BackendUnavailable, CorruptArtifact, type BackendFacts } from '../../contracts';
import { sameFacts } from '../backend';
import type { OptimizerState } from '../optimizer';
import { readTensors, writeTensors, type NamedArrays } from '../tensors-file';

/** How steps were taken: as one graph, or op by op. */
export type TrainingForm = 'graph' | 'eager';

/** A training between two steps. The shuffle and every other draw follow from the job's seed and the step. */
export interface Checkpoint {
  /** Steps taken. */
  step: number;
  /** Sum of the losses of this epoch's steps so far. */
  lossSum: number;
  /** Mean loss of the last whole epoch. */
  loss: number;
  seconds: number;
  rowsTouched: number;
  reproducible: boolean;
  /** Missing in checkpoints of releases that did not record it. */
  form?: TrainingForm;
  weights: NamedArrays;
  optimizer: OptimizerState;
  memory: NamedArrays | null;
  tensors: NamedArrays;
}

/** A checkpoint as one file of tensors (see `writeTensors`). */
export function writeCheckpoint(checkpoint: Checkpoint, job: string, backend: BackendFacts): Uint8Array {
  const { weights, optimizer, memory, tensors, ...progress } = checkpoint;
  const groups: Record<string, NamedArrays> = { weights, optimizer: optimizer.arrays, memory: memory ?? {}, tensors };
  const arrays = Object.fromEntries(
    Object.entries(groups).flatMap(([group, members]) => Object.entries(members).map(([name, array]) => [`${group}:${name}`, array])),
  );
  const { name, iterations } = optimizer;
  return writeTensors({ job, backend, progress, optimizer: { name, iterations }, memory: memory !== null }, arrays);
}

/**
 * Reads a checkpoint of the job. Under other conditions than it was taken in (TensorFlow, threads, processor, …) it is
 * good to go on from, but the result is not reproducible any more.
 *
 * @throws CorruptArtifact for a broken checkpoint or another training's
 * @throws BackendUnavailable where the training began on another backend
 */
export function readCheckpoint(bytes: Uint8Array, job: string, backend: BackendFacts): Checkpoint {
  const { meta, arrays } = readTensors(bytes, 'checkpoint');
  const head = meta as unknown as {
    job: string;
    backend: BackendFacts;
    progress: Omit<Checkpoint, 'weights' | 'optimizer' | 'memory' | 'tensors'>;
    optimizer: Omit<OptimizerState, 'arrays'>;
    memory: boolean;
  };
  if (head.job !== job) {
    throw new CorruptArtifact('checkpoint: it belongs to a training with other rows, settings or parent; remove it to train from the beginning');
  }
  if (head.backend.name !== backend.name) {
    throw new BackendUnavailable(
      `this training began on the backend ${head.backend.name}, and here ${backend.name} is loaded; a resumed training never changes its backend. ` +
        `Resume on a machine with ${head.backend.name}, or set it up here (native: in a clone: npm run setup; in a project: npm rebuild @tensorflow/tfjs-node)`,
    );
  }
  const group = (name: string): NamedArrays =>
    Object.fromEntries(Object.entries(arrays).flatMap(([key, array]) => (key.startsWith(`${name}:`) ? [[key.slice(name.length + 1), array]] : [])));
  return {
    ...head.progress,
    reproducible: head.progress.reproducible && sameFacts(head.backend, backend),
    weights: group('weights'),
    optimizer: { ...head.optimizer, arrays: group('optimizer') },
    memory: head.memory ? group('memory') : null,
    tensors: group('tensors'),
  };
}
