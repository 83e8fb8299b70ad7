import { createHash } from 'node:crypto';
import { InvalidInput, type BackendFacts, type Pipeline, type RowRange, type Table, type TrainingProgress } from '../../contracts';
import { encode, firstDense, fitFeatures, labels, standardise, updateFeatures, type Features, type FeatureSpec } from '../features';
import { readWeights, type Learner } from '../learner';
import { stepsWorthCompiling } from './compiled-step';
import { strategyNamed, type Strategy } from '../strategies';

export interface TrainingRequest {
  /** What a pipeline says of its label, features, model and learning; a whole pipeline fits. */
  pipeline: Pick<Pipeline, 'label' | 'features' | 'model' | 'learning'>;
  /** Rows to train on, and only those: what is held out must not be among them, or lie outside the range. */
  table: Table;
  range?: RowRange;
  /** The champion to continue from; it is not changed. null trains from scratch. */
  parent: Learner | null;
  /** What `loadBackend` gave. */
  backend: BackendFacts;
  /** A checkpoint of the same training to go on from. */
  resume?: Uint8Array | null;
  /** Called with a checkpoint after every so many steps or seconds, and when the training is cancelled; awaited. */
  checkpoint?: { steps?: number; seconds?: number; save(bytes: Uint8Array, step: number): void | Promise<void> };
  /** Called about four times a second, and at the end. */
  onProgress?(progress: TrainingProgress): void;
  /** Stops between steps: a checkpoint is handed over, then the signal's reason is thrown. */
  signal?: AbortSignal;
}

/** What is trained on what, for how long: all of it follows from the request, so a resume works it out again. */
export interface Job {
  learning: Pipeline['learning'];
  strategy: Strategy;
  /** The version to continue from, or null. */
  parent: Learner | null;
  features: Features;
  /** Encoded rows, unscaled and scaled, and their classes. */
  encoded: Float32Array;
  x: Float32Array;
  y: Int32Array;
  epochs: number;
  stepsPerEpoch: number;
  steps: number;
  /** Whether the steps run as one graph, where they can. */
  compiled: boolean;
  onednn: boolean;
  /** Digest of all that decides the result. A checkpoint with another one belongs to another training. */
  digest: string;
}

/** How a pipeline's columns become inputs. An image's pixels share one scaler, and have no cycles of time. */
export function featureSpec({ label, features, model }: TrainingRequest['pipeline']): FeatureSpec {
  const image = 'cnn' in model;
  return { label: label.column, exclude: features.exclude, cycles: image ? [] : features.cycles, scaler: image ? 'shared' : 'running' };
}

/** Works out the job. Throws InvalidInput for rows that cannot be trained on. */
export function planJob({ pipeline, table, range = { from: 0, to: table.rows }, parent: given, backend }: TrainingRequest): Job {
  const { learning } = pipeline;
  if (range.to <= range.from) throw new InvalidInput(`there are no rows to train on (rows ${range.from} to ${range.to} of ${table.rows})`);
  const strategy = strategyNamed(learning.strategy.name, learning.strategy.options);
  const parent = strategy.fresh ? null : given;
  const features = parent ? follow(parent, table, range) : fitFeatures(featureSpec(pipeline), table, range);
  const encoded = encode(features, table, range);
  const y = labels(features, table, range);
  const epochs = parent ? learning.epochs : learning.scratchEpochs;
  const stepsPerEpoch = Math.ceil(y.length / learning.batch);
  const digest = createHash('sha256').update(JSON.stringify([pipeline.model, learning, features, parent?.steps ?? null])).update(encoded).update(y);
  for (const { values } of Object.values(parent ? readWeights(parent.model) : {})) digest.update(values);
  return {
    learning,
    strategy,
    parent,
    features,
    encoded,
    x: standardise(features, encoded),
    y,
    epochs,
    stepsPerEpoch,
    steps: epochs * stepsPerEpoch,
    compiled: backend.name === 'native' && epochs * stepsPerEpoch >= stepsWorthCompiling,
    onednn: backend.onednn,
    digest: digest.digest('hex'),
  };
}

/** The parent's features, moved on by the new rows where its model can follow. */
function follow(parent: Learner, table: Table, range: RowRange): Features {
  return firstDense(parent.model) ? updateFeatures(parent.features, table, range) : parent.features;
}
