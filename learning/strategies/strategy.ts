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
/** Logits of rows, float32 [rows, classes]. */
export type Logits = (x: tf.Tensor) => tf.Tensor2D;

/** What a strategy sees of one training: from the champion (or a new model) to the challenger. */
export interface Session {
  /** Its weights are what is trained. */
  model: tf.LayersModel;
  /** The model in training mode; gradients flow through it. */
  logits: Logits;
  /** The model as it was before this training, frozen; null unless the strategy sets `previous` and there was one. */
  previous: Logits | null;
  /** Tensors that the strategy carries from step to step and from version to version. Saved and restored by name. */
  state: Map<string, tf.Variable>;
  /** The rows of this training. */
  rows: { count: number; take(indices: Int32Array): Rows };
  /** A generator for one purpose: the same at the same step of the same training. */
  random(purpose: string): Random;
}

export interface Step extends Session {
  /** Steps taken before this one. */
  number: number;
  batch: Rows;
  /** As many rows of the past as the batch has; null while there are none, and for a strategy without a memory. */
  past: Rows | null;
}

/**
 * How a model learns from new rows. Only `loss` is needed. It is called within `tf.tidy`, must be made of tf.js ops on
 * what the step gives, and may not read tensors' values, so that a step can be traced into one graph.
 * Whatever lasts longer than a call belongs into `session.state`: a resumed training has nothing else.
 */
export interface Strategy {
  /** Always begin with a new model, even where there is a champion. */
  fresh?: boolean;
  /** Rows to keep for later trainings. Those of this training are offered when it ends. */
  memory?: MemoryOptions;
  /** Ask for the frozen model of before this training. */
  previous?: boolean;
  /** Once before the first step, not again on a resume: make state, change the weights. */
  begin?(session: Session): void | Promise<void>;
  /** A scalar; the layers' own regularisation is added to it. */
  loss(step: Step): tf.Scalar;
  /** Changes gradients before they are applied: names as in `model.weights`. Called within `tf.tidy`. */
  gradients?(step: Step, gradients: Record<string, tf.Tensor>): Record<string, tf.Tensor>;
  /** After the weights have changed. Called within `tf.tidy`. */
  after?(step: Step, gradients: Record<string, tf.Tensor>): void;
  /** Once after the last step: importance of weights, class means. */
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
 *   loss: ({ logits, batch }) => crossEntropy(logits(batch.x), batch.y),
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

/** The strategy that a pipeline names. Throws InvalidInput for an unknown name or wrong options. */
export function strategyNamed(name: string, options: Record<string, unknown> = {}): Strategy {
  const definition = known.get(name);
  if (!definition) {
    throw new InvalidInput(`learning.strategy is ${name}, which is not known; known are ${[...known.keys()].sort().join(', ')}`);
  }
  return definition.make(options);
}
