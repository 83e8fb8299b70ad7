import * as tf from '@tensorflow/tfjs';
import { loadBackend } from '../../learning/backend';
import { evaluate, fit, type FitOptions } from '../../learning/compiled';
import { shuffled } from '../../learning/compiled/order';
import { build } from './models';

beforeAll(async () => void (await loadBackend(['native'], { convolution: false })));

const rows = 100;
let x: tf.Tensor;
let y: tf.Tensor;
beforeAll(() => {
  x = tf.randomNormal([rows, 20], 0, 1, 'float32', 3);
  y = tf.oneHot(x.sum(1).greater(0).toInt().reshape([rows]) as tf.Tensor1D, 3).toFloat();
});

function model(name = 'mlp', optimizer: tf.Optimizer = tf.train.adam(0.003)): tf.LayersModel {
  const made = build(name, 3);
  made.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return made;
}
const weights = (m: tf.LayersModel) => m.getWeights().map((w) => Array.from(w.dataSync()));
const inOrder = () => Int32Array.from({ length: rows }, (_, i) => i);
async function trained(options: FitOptions, name?: string, optimizer?: tf.Optimizer) {
  const made = model(name, optimizer);
  const result = await fit(made, { x, y }, { epochs: 3, batchSize: 32, seed: 5, ...options });
  return { made, result, weights: weights(made) };
}
const closeTo = (a: number[][], b: number[][]) => Math.max(...a.map((w, i) => Math.max(...w.map((v, j) => Math.abs(v - b[i]![j]!)))));

test('it trains as model.fit does on the same rows in the same order, the last smaller batch included', async () => {
  const expected = model();
  const history = await expected.fit(x, y, { epochs: 3, batchSize: 32, shuffle: false, verbose: 0 });
  const { result, weights: got } = await trained({ order: inOrder });
  expect(closeTo(got, weights(expected))).toBeLessThan(1e-6);
  expect(result.steps).toBe(12);
  for (const name of ['loss', 'acc']) {
    result.epochs.forEach((logs, i) => expect(logs[name]).toBeCloseTo(history.history[name]![i] as number, 5));
  }
});

test('both forms end with the same bits', async () => {
  const [gathered, loop] = [await trained({ form: 'gathered' }), await trained({ form: 'loop' })];
  expect([gathered.result.form, loop.result.form]).toEqual(['gathered', 'loop']);
  expect(loop.weights).toEqual(gathered.weights);
});

test('the seed decides the order and the dropout, and nothing else does', async () => {
  const [a, b, c] = [await trained({}, 'dropout'), await trained({}, 'dropout'), await trained({ seed: 6 }, 'dropout')];
  expect(b.weights).toEqual(a.weights);
  expect(c.weights).not.toEqual(a.weights);
  expect([...shuffled(50, 5, 1)].sort((p, q) => p - q)).toEqual([...Array(50).keys()]);
  expect(shuffled(50, 5, 1)).not.toEqual(shuffled(50, 5, 2));
});

test('a training that is taken up at a step goes on as if it had not stopped', async () => {
  const whole = await trained({});
  const controller = new AbortController();
  const cut = model();
  const first = await fit(cut, { x, y }, { epochs: 3, batchSize: 32, seed: 5, form: 'gathered', chunk: 0, signal: controller.signal, onProgress: ({ step }) => void (step === 6 && controller.abort()) });
  expect(first).toMatchObject({ steps: 6, stopped: 'aborted' });
  const second = await fit(cut, { x, y }, { epochs: 3, batchSize: 32, seed: 5, from: first.steps });
  expect(second.steps).toBe(12);
  expect(weights(cut)).toEqual(whole.weights);
});

test('a training with dropout that is taken up at a step draws the masks that it would have drawn', async () => {
  const options = { batchSize: 32, seed: 5 };
  const whole = await trained({ ...options, epochs: 3 }, 'dropout');
  for (const from of [4, 8]) {
    const { made } = await trained({ ...options, epochs: from / 4 }, 'dropout');
    await fit(made, { x, y }, { ...options, epochs: 3, from });
    expect(weights(made)).toEqual(whole.weights);
  }
});

test('an epoch has as many steps as its order has batches, rows that stand in it twice included', async () => {
  for (const [length, steps] of [[200, 21], [50, 6]] as const) {
    const order = (epoch: number) => Int32Array.from({ length }, (_, i) => (i * 3 + epoch) % rows);
    const { result } = await trained({ order });
    expect(result.epochs).toHaveLength(3);
    expect(result.steps).toBe(steps);
  }
  await expect(trained({ order: (epoch) => inOrder().subarray(epoch) })).rejects.toThrow('all epochs need equally many rows: the order of epoch 0 has 100, that of epoch 1 has 99');
  await expect(trained({ order: () => new Int32Array(0) })).rejects.toThrow('the order of epoch 0 is empty');
});

test('targets without a second axis are as those with one, and the class numbers of a sparse loss too', async () => {
  for (const [loss, units, target] of [['meanSquaredError', 1, x.sum(1)], ['sparseCategoricalCrossentropy', 3, y.argMax(1).toFloat()]] as const) {
    const ends = [];
    const { numTensors } = tf.memory();
    for (const given of [target, target.reshape([rows, 1])]) {
      const made = tf.sequential({ layers: [tf.layers.dense({ units, inputShape: [20], kernelInitializer: tf.initializers.glorotUniform({ seed: 3 }), ...(units > 1 ? { activation: 'softmax' } : {}) })] });
      const optimizer = tf.train.sgd(0.05);
      made.compile({ optimizer, loss });
      const { epochs } = await fit(made, { x, y: given }, { epochs: 20, seed: 1, validation: { x, y: given } });
      expect(epochs.at(-1)!.loss).toBeLessThan(epochs[0]!.loss! / 1.5);
      ends.push([weights(made), epochs.at(-1)]);
      made.dispose();
      optimizer.dispose();
      if (given !== target) given.dispose();
    }
    expect(ends[0]).toEqual(ends[1]);
    expect(tf.memory().numTensors).toBe(numTensors);
  }
});

test('inputs and targets that the model does not expect are refused by name, as model.fit refuses them', async () => {
  const made = model();
  const [input, output] = [made.inputNames[0]!, made.outputNames[0]!];
  const refused = async (data: Parameters<typeof fit>[1], message: string) => {
    const { numTensors } = tf.memory();
    await expect(fit(made, data)).rejects.toThrow(new RangeError(message));
    await expect(evaluate(made, data)).rejects.toThrow(new RangeError(message));
    expect(tf.memory().numTensors).toBe(numTensors);
  };
  await refused({ x, y: tf.ones([rows, 1]) }, `output ${output}: the model expects [rows,3], not [100,1]`);
  await refused({ x, y: tf.ones([rows]) }, `output ${output}: the model expects [rows,3], not [100]`);
  await refused({ x: tf.ones([rows, 19]), y }, `input ${input}: the model expects [rows,20], not [100,19]`);
  const begun = jest.fn();
  await expect(fit(made, { x, y }, { validation: { x: tf.ones([5, 19]), y: tf.ones([5, 3]) }, onProgress: begun })).rejects.toThrow(`input ${input}: the model expects [rows,20], not [5,19]`);
  expect(begun).not.toHaveBeenCalled();
  await refused({ x, y: [y, y] }, `the model has 1 outputs (${output}); there are tensors for 2`);
  await refused({ x, y: tf.ones([rows - 1, 3]) }, 'inputs and targets need equally many rows, at least one; they have 100, 99');
});

test('class and sample weights are those of tfjs', async () => {
  const classWeight = { 0: 2, 1: 0.5, 2: 1 };
  const expected = model();
  await expected.fit(x, y, { epochs: 3, batchSize: 32, shuffle: false, verbose: 0, classWeight });
  const byClass = await trained({ order: inOrder, classWeight });
  expect(closeTo(byClass.weights, weights(expected))).toBeLessThan(1e-6);
  const perRow = Float32Array.from(y.argMax(1).dataSync(), (k) => classWeight[k as 0 | 1 | 2]);
  const byRow = await trained({ order: inOrder, sampleWeight: perRow });
  expect(byRow.weights).toEqual(byClass.weights);
  const deep = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2, 20] })] });
  deep.compile({ loss: 'meanSquaredError', optimizer: 'sgd' });
  await expect(fit(deep, { x: tf.ones([4, 2, 20]), y: tf.ones([4, 2, 3]) }, { sampleWeight: Float32Array.of(1, 1, 1, 1) })).rejects.toThrow('weights of rows and classes need targets of [rows] or [rows, n], not [4,2,3]');
  const input = tf.input({ shape: [20] });
  const flat = tf.layers.dense({ units: 1 }).apply(input) as tf.SymbolicTensor;
  const second = tf.layers.reshape({ targetShape: [1, 1] }).apply(flat) as tf.SymbolicTensor;
  const both = tf.model({ inputs: input, outputs: [flat, second] });
  both.compile({ loss: 'meanSquaredError', optimizer: 'sgd' });
  await expect(fit(both, { x, y: [tf.ones([rows, 1]), tf.ones([rows, 1, 1])] }, { sampleWeight: new Float32Array(rows) })).rejects.toThrow('not [100,1,1]');
});

test('clipping bounds how far a step goes', async () => {
  const before = weights(model());
  const moved = async (clip: FitOptions['clip']) => {
    const { weights: after } = await trained({ epochs: 1, batchSize: rows, ...(clip ? { clip } : {}) }, 'mlp', tf.train.sgd(1));
    return Math.hypot(...after.flatMap((w, i) => w.map((v, j) => v - before[i]![j]!)));
  };
  const free = await moved(undefined);
  expect(free).toBeGreaterThan(0.02);
  expect(await moved({ norm: 0.01 })).toBeCloseTo(0.01, 5);
  expect(await moved({ value: 1e-4 })).toBeLessThan(free / 2);
});

test('clipping leaves a weight alone that the loss does not depend on', async () => {
  class Spare extends tf.layers.Layer {
    static className = 'SpareInFit';
    override build(): void {
      this.addWeight('spare', [1], 'float32', tf.initializers.ones());
      this.built = true;
    }
    override call(given: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return (Array.isArray(given) ? given[0]! : given).clone();
    }
    override computeOutputShape(shape: tf.Shape): tf.Shape {
      return shape;
    }
  }
  const after = async (clip?: FitOptions['clip']) => {
    const made = tf.sequential({ layers: [new Spare({ inputShape: [20] }), tf.layers.dense({ units: 3, kernelInitializer: 'ones' })] });
    made.compile({ optimizer: tf.train.momentum(0.1, 0.9), loss: 'meanSquaredError' });
    const { form } = await fit(made, { x, y }, { batchSize: 32, form: 'gathered', ...(clip ? { clip } : {}) });
    return { form, weights: weights(made) };
  };
  const free = await after();
  expect(free.weights[0]).toEqual([1]);
  for (const clip of [{ value: 1e6 }, { norm: 1e6 }]) expect(await after(clip)).toEqual(free);
});

test('a schedule sets the learning rate of each step', async () => {
  const before = weights(model());
  const frozen = await trained({ learningRate: () => 0 });
  expect(frozen.weights).toEqual(before);
  const steps: number[] = [];
  await trained({ form: 'loop', learningRate: (step) => (steps.push(step), 0.001) });
  expect(steps).toEqual([...Array(12).keys()]);
  const rest: number[] = [];
  await trained({ form: 'gathered', from: 9, learningRate: (step) => (rest.push(step), 0.001) });
  expect(rest).toEqual([9, 10, 11]);
});

test('it stops when the watched metric no longer improves, and gives the best weights back', async () => {
  const validation = { x: x.neg(), y };
  const made = model('mlp', tf.train.sgd(0.5));
  const best: number[] = [];
  const result = await fit(made, { x, y }, { epochs: 30, batchSize: 32, validation, stopEarly: { metric: 'val_loss', patience: 2 }, onEpoch: (logs) => void best.push(logs.val_loss!) });
  expect(result.stopped).toBe('early');
  expect(result.epochs.length).toBeLessThan(30);
  const { loss } = await evaluate(made, validation);
  expect(loss).toBeCloseTo(Math.min(...best), 5);
});

test('a training that is aborted keeps its own weights, though it would stop early with the best', async () => {
  const controller = new AbortController();
  const made = model('mlp', tf.train.sgd(0.5));
  let atAbort: number[][] = [];
  const { stopped, steps } = await fit(made, { x, y }, {
    epochs: 10, batchSize: 32, chunk: 0, form: 'gathered', validation: { x: x.neg(), y }, stopEarly: { patience: 8 }, signal: controller.signal,
    onProgress: ({ step, pull }) => {
      if (step !== 6) return;
      pull();
      atAbort = weights(made);
      controller.abort();
    },
  });
  expect({ stopped, steps }).toEqual({ stopped: 'aborted', steps: 6 });
  expect(weights(made)).toEqual(atAbort);
});

test('it yields between chunks, and tells how far it is', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const progress: number[] = [];
  await trained({ epochs: 2, chunk: 0, form: 'gathered', onProgress: ({ step }) => void progress.push(step) });
  clearInterval(timer);
  expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(ticks).toBeGreaterThan(0);
});

test('evaluation is the mean over all rows', async () => {
  const made = model();
  const [loss, accuracy] = (made.evaluate(x, y, { batchSize: rows }) as tf.Scalar[]).map((t) => t.dataSync()[0]!);
  const result = await evaluate(made, { x, y }, { batchSize: 32 });
  expect(result.loss).toBeCloseTo(loss!, 5);
  expect(result.acc).toBeCloseTo(accuracy!, 5);
});

/** A model with a layer that reads a value in JavaScript, at such inputs. */
function readingModel(at: (input: tf.Tensor) => boolean): tf.LayersModel {
  class Reading extends tf.layers.Layer {
    static className = 'ReadingInFit';
    override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
      const input = Array.isArray(x) ? x[0]! : x;
      if (at(input)) input.sum().dataSync();
      return input.clone();
    }
    override computeOutputShape(shape: tf.Shape): tf.Shape {
      return shape;
    }
  }
  const input = tf.input({ shape: [20] });
  const hidden = new Reading().apply(input) as tf.SymbolicTensor;
  const made = tf.model({ inputs: input, outputs: tf.layers.dense({ units: 3, activation: 'softmax' }).apply(hidden) as tf.SymbolicTensor });
  made.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' });
  return made;
}

test('a model that cannot be compiled trains eagerly, with one warning that says why', async () => {
  const made = readingModel(() => true);
  const warnings: string[] = [];
  const result = await fit(made, { x, y }, { epochs: 2, warn: (message) => warnings.push(message) });
  expect(result.form).toBe('eager');
  expect(result.epochs[1]!.loss).toBeLessThan(result.epochs[0]!.loss!);
  expect(warnings).toEqual([expect.stringMatching(/reads the result of Sum/)]);

  const log = jest.spyOn(console, 'warn').mockImplementation(() => {});
  warnings.length = 0;
  await fit(made, { x, y }, { epochs: 3, warn: (message) => warnings.push(message), validation: { x, y } });
  expect([warnings.length, log.mock.calls.length]).toEqual([1, 0]);
  log.mockRestore();
});

test('a training whose last, smaller batch is refused goes on eagerly, and says so', async () => {
  const made = readingModel((input) => input.shape[0] === rows % 32);
  const warnings: string[] = [];
  const result = await fit(made, { x, y }, { epochs: 2, batchSize: 32, warn: (message) => warnings.push(message) });
  expect(result).toMatchObject({ form: 'eager', steps: 8, reason: expect.stringMatching(/in JavaScript/) as string });
  expect(warnings).toHaveLength(1);
});
