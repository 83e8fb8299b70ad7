import type * as tf from '@tensorflow/tfjs';
import { tensor } from '@tensorflow/tfjs';
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
    const copy = tensor(variable.dataSync().slice(), variable.shape, variable.dtype);
    variable.assign(copy);
    copy.dispose();
  }
}

/** The values of the variables and the optimizers' step counts, to be put back with `restore` or let go with `discard`. */
export function snapshot(variables: tf.Variable[], optimizers: readonly OptimizerUse[] = []) {
  const kept = variables.map((variable) => {
    const value = variable.clone();
    value.kept = true;
    return { variable, value };
  });
  const counts = optimizers.map(({ optimizer }) => optimizer.iterations_);
  const discard = () => kept.forEach(({ value }) => value.dispose());
  return {
    discard,
    restore(): void {
      for (const { variable, value } of kept) if (!variable.isDisposed && variable.dataId !== value.dataId) variable.assign(value);
      optimizers.forEach(({ optimizer }, i) => setIterations(optimizer, counts[i]));
      discard();
    },
  };
}

export function setIterations(optimizer: OptimizerUse['optimizer'], count: number | undefined): void {
  (optimizer as { iterations_: number | undefined }).iterations_ = count;
}
