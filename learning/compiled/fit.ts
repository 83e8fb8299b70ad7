import * as tf from '@tensorflow/tfjs';
import { chooseForm, type RowForm } from './choose';
import { compile, type Compiled } from './compile';
import { EarlyStop, type EarlyStopping } from './early-stop';
import { evaluate } from './evaluate';
import { rowsOfData, type Data, type RowWeights } from './data';
import { metricNames, trainingStep, type Batch, type Clip } from './layers-step';
import { epochsOf, shuffled } from './order';

export interface FitOptions extends RowWeights {
  /** Default 1. */
  epochs?: number;
  /** Default 32. The last batch of an epoch holds what is left. */
  batchSize?: number;
  /** Seeds the shuffle and the model's random layers. Default 0. */
  seed?: number;
  /** The rows of an epoch in their order, each as often as it is named; equally many in every epoch. Default: all, shuffled by the seed. */
  order?: (epoch: number) => Int32Array;
  /** The learning rate of each step, counted from 0 over all epochs. Default: the optimizer's own. */
  learningRate?: (step: number) => number;
  clip?: Clip;
  validation?: Data;
  stopEarly?: EarlyStopping;
  /** Steps already taken: goes on from there, with the weights and the optimizer as they are. Default 0. */
  from?: number;
  /** Milliseconds of work between two yields to the event loop. Default 50. */
  chunk?: number;
  /** Default: measured, among forms that give the same bits here. */
  form?: RowForm;
  /** After each chunk. The variables are the session's: call `pull()` before reading or saving them. */
  onProgress?: (progress: Progress) => void | Promise<void>;
  /** After each epoch, with its record. The model and its optimizer hold the values of this moment. */
  onEpoch?: (logs: Record<string, number>, epoch: number) => void | Promise<void>;
  /** Stops between two chunks, with the variables pulled. */
  signal?: AbortSignal;
  /** Told, each thing once, why the training or its validation runs eagerly. Default: `console.warn`. */
  warn?: (message: string) => void;
}

export interface Progress {
  epoch: number;
  /** Steps taken, over all epochs and runs. */
  step: number;
  steps: number;
  loss: number;
  rowsPerSecond: number;
  /** Brings weights, slots and counters to tfjs, for a checkpoint at this step. */
  pull(): void;
}

export interface FitResult {
  /** One record an epoch: the mean of each metric over the epoch's rows, and `val_…` where there is validation. */
  epochs: Record<string, number>[];
  steps: number;
  /** How the steps were run; `eager`, with the reason, where the model could not be compiled. */
  form: RowForm | 'eager';
  reason?: string;
  stopped?: 'early' | 'aborted';
}

/**
 * Trains a model as `model.fit` does, in compiled steps: the model's own loss, metrics and optimizer, from data that
 * stays where it is. When it returns, the model and its optimizer hold the result.
 *
 * @param data `x` and `y` as for `model.fit`: a tensor, or a list of tensors in the model's order
 * @example
 * model.compile({ optimizer: tf.train.adam(1e-3), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
 * const { epochs } = await fit(model, { x, y }, { epochs: 5, batchSize: 64, seed: 7 });
 */
export async function fit(model: tf.LayersModel, data: Data, options: FitOptions = {}): Promise<FitResult> {
  const { nest, rows, dispose } = rowsOfData(model, data, options);
  try {
    // Said now, not when the first epoch ends.
    if (options.validation) rowsOfData(model, options.validation).dispose();
    return await train(model, nest as never, options.order ?? ((epoch) => shuffled(rows, options.seed ?? 0, epoch)), options);
  } finally {
    dispose();
  }
}

async function train(model: tf.LayersModel, nest: never, order: (epoch: number) => Int32Array, options: FitOptions): Promise<FitResult> {
  const { epochs = 1, batchSize = 32, seed = 0, from = 0, chunk = 50 } = options;
  const warn = once(options.warn ?? ((message) => console.warn(message)));
  const { perEpoch, orderOf } = epochsOf(order, batchSize);
  const begin = Math.floor(from / perEpoch);
  const first = orderOf(begin).subarray(0, batchSize);
  const names = metricNames(model);
  const step = compile<Batch, tf.Tensor[]>(trainingStep(model, options.clip) as never, { inputs: nest, rows: first, seed, counter: from, forms: options.form ? [options.form] : ['gathered', 'loop'], warn }) as unknown as Compiled<never, tf.Tensor[]>;
  const stop = options.stopEarly && new EarlyStop(options.stopEarly, model);
  const result: FitResult = { epochs: [], steps: from, form: 'eager', ...(step.reason ? { reason: step.reason } : {}) };
  let pace = 5;
  try {
    if (step.mode === 'graph') result.form = options.form ?? chooseForm(step, nest, orderOf(0), first.length);
    for (let epoch = begin; epoch < epochs; epoch++) {
      const sequence = orderOf(epoch);
      const totals = new Totals(names);
      for (let at = (result.steps - epoch * perEpoch) * batchSize; at < sequence.length;) {
        if (options.signal?.aborted) return { ...result, stopped: 'aborted' };
        const size = Math.min(batchSize, sequence.length - at);
        const whole = Math.max(1, Math.floor((sequence.length - at) / batchSize));
        const count = size < batchSize || result.form !== 'loop' ? 1 : Math.min(whole, Math.max(1, Math.round(chunk / pace)));
        const began = performance.now();
        const taken = run(step, nest, result.form, sequence, { ...options, at, size, count, budget: chunk, from: result.steps }, totals);
        const spent = performance.now() - began;
        // A last, smaller batch may be refused where the others were not.
        if (step.mode === 'eager') Object.assign(result, { form: 'eager', reason: step.reason });
        pace = Math.max(0.01, spent / taken);
        at += taken * size;
        result.steps += taken;
        await options.onProgress?.({ epoch, step: result.steps, steps: epochs * perEpoch, loss: totals.lastLoss, rowsPerSecond: (taken * size * 1000) / spent, pull: () => step.pull() });
        await new Promise((resolve) => setImmediate(resolve));
      }
      const logs = totals.means();
      step.pull();
      if (options.validation) Object.assign(logs, prefixed(await evaluate(model, options.validation, { batchSize, warn })));
      result.epochs.push(logs);
      await options.onEpoch?.(logs, epoch);
      if (stop?.shouldStop(logs)) {
        result.stopped = 'early';
        break;
      }
    }
    stop?.restoreBest();
    return result;
  } finally {
    step.dispose();
    stop?.dispose();
  }
}

interface Piece {
  at: number;
  size: number;
  count: number;
  budget: number;
  from: number;
  learningRate?: (step: number) => number;
}

/** Runs a chunk of steps: one loop, or single steps until the time is used up. Gives the number of steps. */
function run(step: Compiled<never, tf.Tensor[]>, nest: never, form: FitResult['form'], sequence: Int32Array, piece: Piece, totals: Totals): number {
  const { at, size, count, budget, from, learningRate } = piece;
  if (form === 'loop') {
    const rates = learningRate && Float32Array.from({ length: count }, (_, i) => learningRate(from + i));
    totals.add(step.loop(nest, sequence.subarray(at, at + count * size), count, rates), size);
    return count;
  }
  const end = performance.now() + budget;
  let taken = 0;
  do {
    const start = at + taken * size;
    totals.add(step.gather(nest, sequence.subarray(start, start + size), learningRate?.(from + taken)), size);
    taken++;
  } while (performance.now() < end && sequence.length - at - taken * size >= size);
  return taken;
}

/** Sums of the metrics, weighted with the rows that they come from. */
class Totals {
  private readonly sums: number[];
  private rows = 0;
  lastLoss = NaN;

  constructor(private readonly names: string[]) {
    this.sums = names.map(() => 0);
  }

  add(outputs: tf.Tensor[], size: number): void {
    const columns = outputs.map((tensor) => tensor.dataSync());
    tf.dispose(outputs);
    columns.forEach((column, k) => column.forEach((value: number) => (this.sums[k]! += value * size)));
    this.rows += columns[0]!.length * size;
    this.lastLoss = columns[0]!.at(-1) as number;
  }

  means(): Record<string, number> {
    return Object.fromEntries(this.names.map((name, k) => [name, this.sums[k]! / this.rows]));
  }
}

/** Passes each message on once: what holds for one epoch's validation holds for all. */
function once(warn: (message: string) => void): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (!said.has(message)) warn(message);
    said.add(message);
  };
}

const prefixed = (logs: Record<string, number>) => Object.fromEntries(Object.entries(logs).map(([name, value]) => [`val_${name}`, value]));
