import { createHash } from 'node:crypto';
import { InvalidInput, type BackendFacts, type Pipeline, type RowRange, type Table, type TrainingProgress } from '../../contracts';
import { encode, firstDense, fitFeatures, fitHeads, labels, standardise, updateFeatures, type Features, type FeatureSpec } from '../features';
import { readWeights, type Learner, type StrategyState } from '../learner';
import { bytesOf, capacityFor, Memory, privateRows } from '../memory';
import { stepsWorthCompiling } from './compiled-step';
import { strategyNamed, type Strategy } from '../strategies';

/** How a training is to be run, whatever it learns from. */
interface Conduct {
  /** The champion to continue from; it is not changed. null trains from scratch. */
  parent: Learner | null;
  /**
   * The model that a strategy's `previous` is, where it is another than the parent: the champion of before a surgery, or
   * one whose weights could not go over at all. It may know other columns, levels and classes: its classes are the
   * first of the new model's, and it sees rows by its own features. Not changed.
   */
  teacher?: Learner | null;
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

export interface TrainingRequest extends Conduct {
  /** What a pipeline says of its label, features, model and learning; a whole pipeline fits. */
  pipeline: Pick<Pipeline, 'label' | 'features' | 'model' | 'learning'>;
  /** Rows to train on, and only those: what is held out must not be among them, or lie outside the range. */
  table: Table;
  range?: RowRange;
}

/** Rows as a model takes them. */
export interface EncodedRows {
  /** How they were encoded: the parent's own, or the parent's moved on by these rows. */
  features: Features;
  /** float32 [rows, features.width], unscaled. */
  encoded: Float32Array;
  /** int32 [rows], classes as indices. */
  y: Int32Array;
  /** 1 for a row that no memory may keep. */
  private?: Uint8Array | null;
}

export interface LearningRequest extends Conduct {
  model: Pipeline['model'];
  learning: Pipeline['learning'];
  rows: EncodedRows;
}

/** What is trained on what, for how long: all of it follows from the request, so a resume works it out again. */
export interface Job {
  learning: Pipeline['learning'];
  model: Pipeline['model'];
  strategy: Strategy;
  /** The version to continue from, or null. */
  parent: Learner | null;
  /** What the strategy learns from, where it is not the parent as it is. */
  teacher: Learner | null;
  /** What the strategy carries over, also where it begins with a new model. */
  carried: StrategyState | null;
  features: Features;
  /** Encoded rows, unscaled and scaled, and their classes. */
  encoded: Float32Array;
  x: Float32Array;
  y: Int32Array;
  private: Uint8Array | null;
  /** Rows of each class that the lineage had learned from before. */
  seen: number[];
  /** The memory, where its rows are what is trained on: this training's are in it already. */
  memory: Memory | null;
  epochs: number;
  stepsPerEpoch: number;
  steps: number;
  /** Whether graphs can be made here, and whether the steps run as one. */
  native: boolean;
  compiled: boolean;
  onednn: boolean;
  /** Digest of all that decides the result. A checkpoint with another one belongs to another training. */
  digest: string;
}

/** How a pipeline's columns become inputs. An image's pixels share one scaler, and have no cycles of time. */
export function featureSpec({ label, features, model }: TrainingRequest['pipeline']): FeatureSpec {
  const image = 'cnn' in model;
  const head = label.head === undefined ? {} : { head: label.head };
  return { label: label.column, ...head, exclude: features.exclude, cycles: image ? [] : features.cycles, scaler: image ? 'shared' : 'running' };
}

/** Encodes a request's rows. Throws InvalidInput for rows that cannot be trained on. */
export function encodeRows({ pipeline, table, range = { from: 0, to: table.rows }, parent }: TrainingRequest): EncodedRows {
  const { learning } = pipeline;
  if (range.to <= range.from) throw new InvalidInput(`there are no rows to train on (rows ${range.from} to ${range.to} of ${table.rows})`);
  const { fresh, memory, previous, stepless } = strategyNamed(learning.strategy.name, learning.strategy.options);
  // A memory's rows and a teacher's classes are the parent's, also where the model begins anew.
  const features = parent && (!fresh || memory || previous) ? (stepless ? parent.features : follow(parent, table, range)) : fitFeatures(featureSpec(pipeline), table, range);
  const y = labels(features, table, range);
  checkHeads(features, pipeline.label.head, table, range);
  return { features, encoded: encode(features, table, range), y, private: privateRows(learning.private, table, range) };
}

/** Refuses rows whose heads are not those that the features know. */
function checkHeads(features: Features, head: string | undefined, table: Table, range: RowRange): void {
  const { heads, label, classes } = features;
  checkHead(features, head);
  if (heads) fitHeads(heads.column, label, classes, table, range, heads);
}

/** Throws InvalidInput where the champion's classes competed otherwise than the pipeline's are to: with another `label.head`, or with none. */
export function checkHead({ heads }: Features, head: string | undefined): void {
  if (heads?.column === head) return;
  throw new InvalidInput(`label.head is ${head ?? 'left out'}, but the champion was trained with ${heads?.column ?? 'none'}; train from scratch with learning.mode: stateless once`);
}

/** Works out the job. */
export function planJob({ model, learning, rows, parent: given, teacher: named, backend }: LearningRequest): Job {
  const { features } = rows;
  const strategy = strategyNamed(learning.strategy.name, learning.strategy.options);
  const parent = strategy.fresh ? null : given;
  const teacher = strategy.previous ? (named ?? (strategy.fresh ? given : null)) : null;
  if (teacher?.features.classes.some((name, i) => features.classes[i] !== name)) {
    throw new InvalidInput(`teacher: it knows the classes ${teacher.features.classes.join(', ')}; the model's, ${features.classes.join(', ')}, must begin with them`);
  }
  checkLimit(strategy, features, learning);
  const carried = given?.strategy ?? null;
  const memory = strategy.rows === 'memory' ? remember(strategy, rows, carried, learning) : null;
  const { encoded, y } = memory ? { encoded: memory.x.slice(), y: memory.y.slice() } : rows;
  const epochs = isStepless(strategy, parent) ? 0 : parent ? learning.epochs : learning.scratchEpochs;
  const perEpoch = stepsPerEpoch(strategy, learning, y.length);
  const digest = createHash('sha256').update(JSON.stringify([model, learning, features, parent?.steps ?? null])).update(encoded).update(y).update(rows.private ?? '');
  for (const learner of [parent, teacher]) for (const { values } of Object.values(learner ? readWeights(learner.model) : {})) digest.update(values);
  const native = backend.name === 'native';
  return {
    learning,
    model,
    strategy,
    parent,
    teacher,
    carried,
    features,
    encoded,
    x: standardise(features, encoded),
    y,
    private: rows.private ?? null,
    seen: features.classes.map((_, i) => (strategy.fresh && !teacher ? 0 : (given?.seen[i] ?? 0))),
    memory,
    epochs,
    stepsPerEpoch: perEpoch,
    steps: epochs * perEpoch,
    native,
    compiled: native && epochs * perEpoch >= stepsWorthCompiling,
    onednn: backend.onednn,
    digest: digest.digest('hex'),
  };
}

/** How many steps one pass over so many rows takes. */
export const stepsPerEpoch = ({ repeats = 1 }: Strategy, { batch }: Pick<Pipeline['learning'], 'batch'>, rows: number): number => Math.ceil(rows / batch) * repeats;

/** How many steps a training takes. */
export function stepsOf(request: TrainingRequest): number {
  const { model, learning } = request.pipeline;
  return planJob({ ...request, model, learning, rows: encodeRows(request) }).steps;
}

/** Whether this training takes no steps at all. */
const isStepless = ({ stepless }: Strategy, parent: Learner | null): boolean => stepless === true || (stepless === 'after-first' && parent !== null);

/** Refuses a limit in bytes that the counts of so many classes alone would go over. */
function checkLimit({ memory }: Strategy, { width, classes }: Features, { strategy: { name }, seed }: Job['learning']): void {
  if (memory?.bytes === undefined) return;
  const least = bytesOf(new Memory(memory, width, classes.length, 0).arrays(seed));
  if (least > memory.bytes) {
    throw new InvalidInput(`learning.strategy ${name}: bytes is ${memory.bytes}, but the counts of ${classes.length} classes alone take ${least}; make it that, and more by what the rows are to have`);
  }
}

/** A memory that these rows have been offered to. */
function remember(strategy: Strategy, rows: EncodedRows, carried: StrategyState | null, { seed, strategy: { name } }: Job['learning']): Memory {
  const { width, classes } = rows.features;
  const memory = new Memory(strategy.memory!, width, classes.length, capacityFor(strategy.memory!, rows.encoded, width, 0));
  if (carried?.memory) memory.restore(carried.memory, seed);
  memory.offer({ x: rows.encoded, y: rows.y, private: rows.private ?? null }, seed);
  if (memory.size === 0) {
    throw new InvalidInput(`learning.strategy ${name} learns from its memory alone, and none of the ${rows.y.length} rows may be kept in it (all are private); choose another strategy`);
  }
  return memory;
}

/** The parent's features, moved on by the new rows where its model can follow. */
function follow(parent: Learner, table: Table, range: RowRange): Features {
  return firstDense(parent.model) ? updateFeatures(parent.features, table, range) : parent.features;
}
