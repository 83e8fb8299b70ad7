import * as tf from '@tensorflow/tfjs';
import { engine, nativeBackend } from './native';
import type { OptimizerUse } from './trace';

/** Every tf.Variable that lives now: weights, optimizer slots, running averages, counters. */
export const allVariables = (): tf.Variable[] => Object.values(engine().registeredVariables);

/**
 * Gives each variable a value of its own. `tf.variable(t)`, and `a.assign(b)`, share one value between two names,
 * and a trace could not tell which of them a step reads.
 */
export function separate(variables: tf.Variable[]): void {
  const backend = nativeBackend();
  for (const variable of variables) {
    if (backend.refCount(variable.dataId) < 2) continue;
    const copy = tf.tensor(variable.dataSync().slice(), variable.shape, variable.dtype);
    variable.assign(copy);
    copy.dispose();
  }
}

/** The values of the variables and the optimizers' step counts, to be put back. */
export function snapshot(variables: tf.Variable[], optimizers: readonly OptimizerUse[] = []) {
  const kept = variables.map((variable) => {
    const value = variable.clone();
    value.kept = true;
    return { variable, value };
  });
  const counts = optimizers.map(({ optimizer }) => optimizer.iterations_);
  const reset = () => {
    for (const { variable, value } of kept) if (!variable.isDisposed && variable.dataId !== value.dataId) variable.assign(value);
    optimizers.forEach(({ optimizer }, i) => setIterations(optimizer, counts[i]));
  };
  return {
    /** Puts the values back, and keeps them. */
    reset,
    /** Puts the values back, and lets go of them. */
    restore(): void {
      reset();
      for (const { value } of kept) value.dispose();
    },
  };
}

export function setIterations(optimizer: OptimizerUse['optimizer'], count: number | undefined): void {
  (optimizer as { iterations_: number | undefined }).iterations_ = count;
}

/** The learning rate of an optimizer that has one, as a number. */
export const rateOf = ({ learningRate }: OptimizerUse['optimizer']): number | undefined => (typeof learningRate === 'number' ? learningRate : undefined);

export function setRate(optimizer: OptimizerUse['optimizer'], rate: number): void {
  // SGD keeps the rate in a tensor too, which only its own setter renews.
  if (optimizer.setLearningRate) optimizer.setLearningRate(rate);
  else optimizer.learningRate = rate;
}

/** The lists that an optimizer has; tfjs's own keep their slots in them. */
export const listsOf = (optimizer: tf.Optimizer): unknown[][] => Object.values(optimizer).filter(Array.isArray);

/** The variables in an optimizer's lists. */
export const slotsIn = (lists: unknown[][]): Set<tf.Variable> =>
  new Set((lists.flat() as ({ variable?: unknown } | undefined)[]).map((slot) => slot?.variable ?? slot).filter((slot) => slot instanceof tf.Variable));

type Counter = { incrementIterations(): void };

/** Tells each time that an optimizer has made an update, until the function it returns is called. */
export function countUpdates(tell: (optimizer: OptimizerUse['optimizer']) => void): () => void {
  const prototype = tf.Optimizer.prototype as unknown as Counter;
  const original = prototype.incrementIterations;
  prototype.incrementIterations = function (this: OptimizerUse['optimizer'] & Counter) {
    tell(this);
    original.call(this);
  };
  return () => {
    prototype.incrementIterations = original;
  };
}

type Method = (this: OptimizerUse['optimizer'], ...args: unknown[]) => unknown;

/**
 * Tells of each optimizer that is about to make an update, until the function it returns is called; of one that is not
 * tfjs's own, where it computes gradients.
 */
export function meetOptimizers(tell: (optimizer: OptimizerUse['optimizer']) => void): () => void {
  const own = [tf.SGDOptimizer, tf.MomentumOptimizer, tf.RMSPropOptimizer, tf.AdamOptimizer, tf.AdamaxOptimizer, tf.AdadeltaOptimizer, tf.AdagradOptimizer];
  const places: [unknown, string][] = [[tf.Optimizer.prototype, 'computeGradients'], ...own.map(({ prototype }): [unknown, string] => [prototype, 'applyGradients'])];
  const originals = places.map(([prototype, name]) => {
    const methods = prototype as Record<string, Method>;
    const original = methods[name]!;
    methods[name] = function (...args) {
      tell(this);
      return original.apply(this, args);
    };
    return () => void (methods[name] = original);
  });
  return () => originals.forEach((putBack) => putBack());
}
