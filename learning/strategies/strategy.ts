import type * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import { check, InvalidInput } from '../../contracts';
import type { MemoryOptions } from '../memory';
import type { Random } from '../random';

/** Some rows, scaled: `x` float32 [rows, …the model's input], `y` int32 [rows], classes as indices. */
export interface Rows {
  x: tf.Tensor;
  y: tf.Tensor1D;
}
/** Rows of the memory, with what the strategy kept beside them: float32 [rows, n] by name, NaN where it is not known. */
export interface Past extends Rows {
  kept: Record<string, tf.Tensor2D>;
}
/** Logits of rows, float32 [rows, classes]. */
export type Logits = (x: tf.Tensor) => tf.Tensor2D;
/** One tensor for each trained weight, by the weight's name in `model.weights`. */
export type ByWeight<T extends tf.Tensor = tf.Tensor> = Record<string, T>;

/** What a strategy sees of one training: from the champion (or a new model) to the challenger. */
export interface Session {
  /** Its weights are what is trained. */
  model: tf.LayersModel;
  /** The trained weights. */
  weights: ByWeight<tf.Variable>;
  /** The last layer, which makes logits out of `features`: kernel float32 [features, classes], bias float32 [classes]. */
  head: { kernel: tf.Variable; bias: tf.Variable };
  /** The model in training mode; gradients flow through it. */
  logits: Logits;
  /** What the head takes, as in prediction (no dropout): float32 [rows, features]. */
  features(x: tf.Tensor): tf.Tensor2D;
  /** Mean cross-entropy of logits against classes, in nats; each row among the classes of its head, where there are heads. */
  crossEntropy(logits: tf.Tensor2D, y: tf.Tensor1D): tf.Scalar;
  /** The gradients of a loss. Call it within `tf.tidy`. */
  gradients(loss: () => tf.Scalar): ByWeight;
  /**
   * The model as it was before this training, or the teacher that the request names, frozen; null unless the strategy sets
   * `previous` and there was one. The logit of a class that it does not know is -1e9.
   */
  previous: Logits | null;
  /** What the head of that model takes; null where `previous` is. */
  previousFeatures: Session['features'] | null;
  /** Rows of each class that the lineage had learned from before this training. */
  seen: readonly number[];
  /** The classes of each head, as indices; null where all classes compete. */
  heads: readonly (readonly number[])[] | null;
  /**
   * Tensors that the strategy carries from step to step and from version to version. Saved and restored by name. What
   * belongs to a weight is named `<what>/<weight>`, such as `fisher/logits/kernel`, so that it can follow when the model changes.
   */
  state: Map<string, tf.Variable>;
  /** The rows of this training. `private` is 1 for those that no memory may keep; null where there are none. */
  rows: { count: number; private: Uint8Array | null; take(indices: Int32Array): Rows };
  /** The rows of the past; null for a strategy without a memory. In `end`, those of this training are among them. */
  memory: { count: number; take(places: Int32Array): Past } | null;
  /**
   * Visits rows in batches, as one graph where it can: what `visit` finds out it assigns to variables of `state`. Called
   * from `begin` and `end`.
   *
   * @param from this training's rows, or the memory's
   * @param batch rows of each visit; the last may have fewer (default 256)
   * @param rows which rows, in which order (default all)
   */
  sweep(from: 'rows' | 'memory', visit: (batch: Past) => void, options?: { batch?: number; rows?: Int32Array }): Promise<void>;
  /** A generator for one purpose: the same at the same step of the same training. */
  random(purpose: string): Random;
}

export interface Step extends Session {
  /** Steps taken before this one. */
  number: number;
  batch: Rows;
  /** The memory's first draw: as many rows as the batch has, unless the strategy says otherwise. null while it is empty, and without one. */
  past: Past | null;
  /** The further, independent draws that the strategy asked for. */
  others: Past[];
}

/**
 * How a model learns from new rows. Only `loss` is needed. It is called within `tf.tidy`, must be made of tf.js ops on
 * what the step gives, and may not read tensors' values, so that a step can be traced into one graph.
 * Whatever lasts longer than a call belongs into `session.state`: a resumed training has nothing else.
 */
export interface Strategy {
  /** Always begin with a new model, even where there is a champion; with `previous`, the champion is the teacher. */
  fresh?: boolean;
  /** Begin with a new optimizer: the champion's moments are not of the weights that `begin` leaves. */
  freshOptimizer?: boolean;
  /** What is trained on: this training's rows (default), all rows of the lineage, or the memory, this training's rows included. */
  rows?: 'new' | 'lineage' | 'memory';
  /** No gradient steps: all is done in `begin` and `end`. after-first: but for a training from scratch. The scaling of inputs stays too. */
  stepless?: boolean | 'after-first';
  /** Steps on each batch, one after the other, each with draws of its own (default 1). A memory takes the batch in at the last. */
  repeats?: number;
  /** Rows to keep for later trainings. */
  memory?: MemoryOptions;
  /** Ask for the frozen model of before this training. */
  previous?: boolean;
  /** Once before the first step, not again on a resume: make state, change the weights. */
  begin?(session: Session): void | Promise<void>;
  /** A scalar; the layers' own regularisation is added to it. */
  loss(step: Step): tf.Scalar;
  /** What the memory keeps beside each row of the batch: float32 [rows, n] by name, found before the step with which the memory takes the batch in. Called within `tf.tidy`. */
  keep?(step: Step): Record<string, tf.Tensor2D>;
  /** The rank of each of this training's rows, for a memory that goes by it: the lowest of each class are kept. */
  rank?(session: Session): Float32Array | Promise<Float32Array>;
  /** Changes gradients before they are applied. Called within `tf.tidy`. */
  gradients?(step: Step, gradients: ByWeight): ByWeight;
  /** After the weights have changed. Called within `tf.tidy`. */
  after?(step: Step, gradients: ByWeight): void;
  /** Once after the last step and after the memory has taken rows in: importance of weights, class means. */
  end?(session: Session): void | Promise<void>;
}

export interface StrategyDefinition {
  name: string;
  make(options: unknown): Strategy;
}

/**
 * Defines a strategy: its name in a pipeline, its options, and how it learns.
 *
 * @param options a zod schema; defaults belong there
 * @example
 * export const fineTune = strategy('fine-tune', z.strictObject({}), () => ({
 *   loss: ({ logits, batch, crossEntropy }) => crossEntropy(logits(batch.x), batch.y),
 * }));
 */
export function strategy<S extends z.ZodType>(name: string, options: S, make: (options: z.output<S>) => Strategy): StrategyDefinition {
  return { name, make: (given) => make(check(options, given, `learning.strategy ${name}`)) };
}

const known = new Map<string, StrategyDefinition>();

/** Makes a strategy available to pipelines under its name; the last one registered counts. */
export function registerStrategy(definition: StrategyDefinition): void {
  known.set(definition.name, definition);
}

/** The names of all strategies, in order. */
export const strategyNames = (): string[] => [...known.keys()].sort();

/** The strategy that a pipeline names. Throws InvalidInput for an unknown name or wrong options. */
export function strategyNamed(name: string, options: Record<string, unknown> = {}): Strategy {
  const definition = known.get(name);
  if (!definition) {
    throw new InvalidInput(`learning.strategy is ${name}, which is not known; known are ${strategyNames().join(', ')}`);
  }
  return definition.make(options);
}
