import * as tf from '@tensorflow/tfjs';
import { CorruptArtifact, type Pipeline } from '../contracts';
import type { Weight } from './models';
import type { NamedArrays } from './tensors-file';

export type OptimizerName = Pipeline['learning']['optimizer'];

/** All that an optimizer carries from step to step, by the names of the variables that it belongs to. */
export interface OptimizerState {
  name: OptimizerName;
  /** Steps taken. */
  iterations: number;
  /** `<variable>/<slot>`, such as `hidden1/kernel/m`; and scalars under their own name. */
  arrays: NamedArrays;
}

/** Each optimizer's slots: our name → the field that holds one variable per trained weight. */
const slots: Record<OptimizerName, Record<string, string>> = {
  adam: { m: 'accumulatedFirstMoment', v: 'accumulatedSecondMoment' },
  sgd: {},
  momentum: { accumulation: 'accumulations' },
  rmsprop: { meanSquare: 'accumulatedMeanSquares', moment: 'accumulatedMoments' },
  adagrad: { accumulator: 'accumulatedGrads' },
};
/** Running products of the betas: tf.js would compute them anew from the step count, with other bits. */
const scalars: Partial<Record<OptimizerName, string[]>> = { adam: ['accBeta1', 'accBeta2'] };

type Slot = { originalName: string; variable: tf.Variable } | undefined;
type Fields = Record<string, Slot[]> & Record<string, tf.Variable> & { iterations_: number | undefined };

/** A fresh optimizer of tf.js with its usual constants (momentum .9). */
export function createOptimizer(name: OptimizerName, rate: number): tf.Optimizer {
  return name === 'momentum' ? tf.train.momentum(rate, 0.9) : tf.train[name](rate);
}

/** Sets the learning rate of the steps to come. */
export function setRate(optimizer: tf.Optimizer, rate: number): void {
  const of = optimizer as unknown as { learningRate: number; setLearningRate?(rate: number): void };
  if (of.setLearningRate) of.setLearningRate(rate);
  else of.learningRate = rate;
}

/**
 * Frees all that an optimizer holds. tf.js's momentum optimizer forgets the scalar that it has from SGD, and none knows that
 * a slot may be missing, as it is for a weight that no step has changed since the optimizer was restored.
 */
export function disposeOptimizer(optimizer: tf.Optimizer): void {
  const fields = optimizer as unknown as Fields;
  for (const field of new Set(Object.values(slots).flatMap((named) => Object.values(named)))) {
    if (Array.isArray(fields[field])) (fields[field] as Slot[]) = fields[field].filter(Boolean);
  }
  optimizer.dispose();
  tf.dispose((optimizer as unknown as { c?: tf.Tensor }).c ?? []);
}

/**
 * The optimizer's whole state. tf.js's own saving goes by position and leaves out the products of Adam's betas.
 *
 * @param weights the trained weights, in the order in which their gradients are applied
 */
export function readOptimizer(optimizer: tf.Optimizer, name: OptimizerName, weights: Weight[]): OptimizerState {
  const fields = optimizer as unknown as Fields;
  const arrays: NamedArrays = {};
  for (const field of scalars[name] ?? []) arrays[field] = read(fields[field]!);
  for (const [slot, field] of Object.entries(slots[name])) {
    weights.forEach((weight, i) => {
      const kept = fields[field]?.[i];
      if (kept) arrays[`${weight.name}/${slot}`] = read(kept.variable);
    });
  }
  return { name, iterations: fields.iterations_ ?? 0, arrays };
}

/**
 * Puts a state back, by name. A weight that the state does not know begins with fresh slots.
 *
 * @throws CorruptArtifact where an array has not its variable's shape
 */
export function restoreOptimizer(optimizer: tf.Optimizer, state: OptimizerState, weights: Weight[]): void {
  const fields = optimizer as unknown as Fields;
  fields.iterations_ = state.iterations;
  for (const field of scalars[state.name] ?? []) {
    const array = state.arrays[field];
    if (array) tf.tidy(() => fields[field]!.assign(tf.tensor(array.values as Float32Array, array.shape)));
  }
  for (const [slot, field] of Object.entries(slots[state.name])) {
    for (const old of (fields[field] as Slot[] | undefined) ?? []) old?.variable.dispose();
    (fields[field] as Slot[]) = weights.map((weight) => {
      const name = `${weight.name}/${slot}`;
      const array = state.arrays[name];
      if (!array) return undefined;
      if (array.shape.join() !== weight.variable.shape.join()) {
        throw new CorruptArtifact(`optimizer.bin: ${name} has the shape [${array.shape.join(', ')}], the model [${weight.variable.shape.join(', ')}]`);
      }
      return { originalName: name, variable: tf.tidy(() => tf.tensor(array.values as Float32Array, array.shape).variable(false)) };
    });
  }
}

const read = (variable: tf.Variable): NamedArrays[string] => ({
  shape: variable.shape,
  values: variable.dataSync<'float32'>().slice(),
});
