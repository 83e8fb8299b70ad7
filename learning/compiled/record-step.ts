import * as tf from '@tensorflow/tfjs';
import { merge } from './merge';
import { engine } from './native';
import { countUpdates, record } from './recorder';
import { allVariables, separate, snapshot, setIterations } from './state';
import { leaves, refill, type Tensors } from './tensors';
import type { OptimizerUse, Trace } from './trace';

type Step = (inputs: Tensors) => Tensors;

/** A private copy of the inputs, with their rows in reverse order where asked: other data of the same kind. */
export function copyOf(inputs: Tensors, reversed = false): Tensors {
  const copies = leaves(inputs).map(({ tensor }) => {
    const copy = tf.tensor(tensor.dataSync().slice(), tensor.shape, tensor.dtype);
    if (!reversed || tensor.rank === 0) return copy;
    const turned = tf.reverse(copy.dtype === 'bool' ? copy.toInt() : copy, 0);
    const result = copy.dtype === 'bool' ? turned.toBool() : turned;
    if (result !== copy) copy.dispose();
    if (result !== turned) turned.dispose();
    return result;
  });
  return refill(inputs, copies);
}

export const disposeAll = (nest: Tensors): void => leaves(nest).forEach(({ tensor }) => tensor.dispose());

/** What two steps in a row, op by op, led to: the second on the example's rows in reverse order, at other learning rates. */
export interface Witness {
  /** The outputs of both steps. */
  outputs: Float32Array[];
  /** The values of the variables afterwards. */
  after: Map<tf.Variable, Float32Array>;
}

/** Runs `work` at learning rates of no importance but that they are others. */
export function atOtherRates<T>(optimizers: readonly OptimizerUse[], work: (probes: (number | undefined)[]) => T): T {
  const rates = optimizers.map(({ optimizer }) => optimizer.learningRate);
  const probes = rates.map((rate, i) => (rate === undefined ? undefined : rate * (0.6180339 + i / 1000) + 1e-5));
  const set = (values: (number | undefined)[]) => optimizers.forEach(({ optimizer }, i) => {
    if (values[i] === undefined) return;
    // SGD keeps the rate in a tensor too, which only its own setter renews.
    if (optimizer.setLearningRate) optimizer.setLearningRate(values[i]);
    else optimizer.learningRate = values[i];
  });
  set(probes);
  try {
    return work(probes);
  } finally {
    set(rates);
  }
}

/**
 * Runs the step three times on copies of the example (to let optimizers make their slots; to trace; to trace again
 * on other data, another learning rate and other random numbers) and puts every variable back.
 *
 * @throws CannotCompile where the step would not mean the same as a graph
 */
export function recordStep(step: Step, example: Tensors): { trace: Trace; witness: Witness } {
  const optimizers = rehearse(step, example);
  separate(allVariables());
  const before = snapshot(allVariables(), optimizers);
  const inputs = [copyOf(example), copyOf(example, true)] as const;
  try {
    const first = record(step, inputs[0], optimizers, 1);
    separate(allVariables());
    const rates = optimizers.map(({ optimizer }) => optimizer.learningRate ?? NaN);
    const { second, probes } = atOtherRates(optimizers, (probes) => ({ second: record(step, inputs[1], optimizers, 2), probes }));
    const trace = merge(first, second, rates.map((rate, i) => [rate, probes[i] ?? NaN] as const));
    const after = trace.writes.map(({ variable }) => [variable, Float32Array.from(variable.dataSync())] as const);
    return { trace, witness: { outputs: [...first.results, ...second.results], after: new Map(after) } };
  } finally {
    before.restore();
    inputs.forEach(disposeAll);
  }
}

/** One run that only shows which optimizers there are; the variables that it makes keep the value that they began with. */
function rehearse(step: Step, example: Tensors): OptimizerUse[] {
  const uses = new Map<OptimizerUse['optimizer'], { count: number | undefined; updates: number }>();
  const stopCounting = countUpdates((optimizer) => {
    const use = uses.get(optimizer) ?? { count: optimizer.iterations_, updates: 0 };
    uses.set(optimizer, { ...use, updates: use.updates + 1 });
  });
  const before = snapshot(allVariables());
  const made: { variable: tf.Variable; value: tf.Tensor }[] = [];
  const original = engine().makeVariable;
  engine().makeVariable = function (...args) {
    const variable = original.apply(this, args);
    made.push({ variable, value: tf.keep(variable.clone()) });
    return variable;
  };
  const inputs = copyOf(example);
  try {
    tf.tidy(() => leaves(step(inputs)).forEach(({ tensor }) => tensor instanceof tf.Variable || tensor.dispose()));
  } finally {
    delete (engine() as { makeVariable?: unknown }).makeVariable;
    stopCounting();
    before.restore();
    for (const { variable, value } of made) {
      if (!variable.isDisposed) variable.assign(value);
      value.dispose();
    }
    for (const [optimizer, { count }] of uses) setIterations(optimizer, count);
    disposeAll(inputs);
  }
  return [...uses].map(([optimizer, { updates }]) => ({ optimizer, updates }));
}
