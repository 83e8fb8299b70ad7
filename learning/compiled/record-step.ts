import * as tf from '@tensorflow/tfjs';
import { CannotCompile } from './errors';
import { live, merge } from './merge';
import { record } from './recorder';
import { allVariables, countUpdates, rateOf, separate, snapshot, setIterations, setRate } from './state';
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
  const rates = optimizers.map(({ optimizer }) => rateOf(optimizer));
  const probes = rates.map((rate, i) => (rate === undefined ? undefined : rate * (0.6180339 + i / 1000) + 1e-5));
  const set = (values: (number | undefined)[]) => optimizers.forEach(({ optimizer }, i) => values[i] === undefined || setRate(optimizer, values[i]));
  set(probes);
  try {
    return work(probes);
  } finally {
    set(rates);
  }
}

interface Made {
  variable: tf.Variable;
  value: tf.Tensor;
}

/**
 * Runs the step twice on copies of the example, the second time on other data, at another learning rate and with other
 * random numbers, and puts every variable back. What a step makes in its first run, such as an optimizer's slots,
 * keeps the value that it began with; where it stood in the way of the trace, both runs are made once more.
 *
 * @throws CannotCompile where the step would not mean the same as a graph
 */
export function recordStep(step: Step, example: Tensors): { trace: Trace; witness: Witness } {
  const made: Made[] = [];
  try {
    return recordTwice(step, example, made);
  } catch (error) {
    if (!(error instanceof CannotCompile) || made.length === 0) throw error;
    return recordTwice(step, example);
  }
}

/** @param made is given the variables that the first run makes, with their first values; without it such a step is refused */
function recordTwice(step: Step, example: Tensors, made?: Made[]): { trace: Trace; witness: Witness } {
  separate(allVariables());
  const before = snapshot(allVariables());
  const counts = new Map<OptimizerUse['optimizer'], number | undefined>();
  const stopCounting = countUpdates((optimizer) => void (counts.has(optimizer) || counts.set(optimizer, optimizer.iterations_)));
  const inputs: Tensors[] = [];
  try {
    inputs.push(copyOf(example), copyOf(example, true));
    const first = record(step, inputs[0]!, 1, made && ((variable) => void made.push({ variable, value: tf.keep(variable.clone()) })));
    separate(allVariables());
    const { optimizers } = first;
    const rates = optimizers.map(({ optimizer }) => rateOf(optimizer) ?? NaN);
    const { second, probes } = atOtherRates(optimizers, (probes) => ({ second: record(step, inputs[1]!, 2), probes }));
    const trace = merge(live(first), live(second), rates.map((rate, i) => [rate, probes[i] ?? NaN] as const));
    const after = trace.writes.map(({ variable }) => [variable, Float32Array.from(variable.dataSync())] as const);
    return { trace, witness: { outputs: [...first.results, ...second.results], after: new Map(after) } };
  } finally {
    stopCounting();
    before.restore();
    for (const { variable, value } of made ?? []) {
      if (!variable.isDisposed) variable.assign(value);
      value.dispose();
    }
    for (const [optimizer, count] of counts) setIterations(optimizer, count);
    inputs.forEach(disposeAll);
  }
}
