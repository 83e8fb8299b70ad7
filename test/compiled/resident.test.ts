import * as tf from '@tensorflow/tfjs';
import { loadBackend } from '../../learning/backend';
import { compile, fit, type Compiled } from '../../learning/compiled';
import { nativeBackend, type Binding } from '../../learning/compiled/native';

beforeAll(async () => void (await loadBackend(['native'], { convolution: false })));

type Given = Record<'batch' | 'past', { x: tf.Tensor }>;

/** Sums of the rows of two draws, told apart by their factors. */
function summing(data: Given): Compiled<Given, tf.Tensor> {
  const step = compile(({ batch, past }: Given) => batch.x.sum().add(past.x.sum().mul(1000)), { inputs: data, rows: { batch: Int32Array.of(0, 1), past: Int32Array.of(2) } });
  expect(step.mode).toBe('graph');
  return step as Compiled<Given, tf.Tensor>;
}
const numbers = (...list: number[]): Int32Array => Int32Array.from(list);
const both = (x: tf.Tensor): Given => ({ batch: { x }, past: { x } });
function value(tensor: tf.Tensor): number[] {
  const read = Array.from(tensor.dataSync());
  tensor.dispose();
  return read;
}

/** The ids that were given to TensorFlow, for each session call. */
function watched(work: () => void): number[][] {
  const backend = nativeBackend();
  const { binding } = backend;
  const fed: number[][] = [];
  backend.binding = Object.create(binding, {
    runSavedModel: { value: (...args: Parameters<Binding['runSavedModel']>) => (fed.push(args[1]), binding.runSavedModel(...args)) },
  }) as Binding;
  try {
    work();
  } finally {
    backend.binding = binding;
  }
  return fed;
}

test('data goes to TensorFlow once, however many steps take rows of it and wherever it stands; new data goes when it comes', () => {
  const [x, other] = [tf.range(0, 10), tf.range(10, 20)];
  const step = summing(both(x));
  const idOf = (tensor: tf.Tensor) => nativeBackend().getInputTensorIds([tensor])[0]!;
  const times = (tensor: tf.Tensor, calls: number[][]) => calls.flat().filter((id) => id === idOf(tensor)).length;
  const calls = watched(() => {
    expect(value(step.gather(both(x), { batch: numbers(1, 2), past: numbers(9) }))).toEqual([9003]);
    expect(value(step.gather(both(x), { batch: numbers(4, 5), past: numbers(0) }))).toEqual([9]);
    expect(value(step.loop(both(x), { batch: numbers(0, 1, 2, 3), past: numbers(1, 2) }, 2))).toEqual([1001, 2005]);
    expect(value(step.gather(both(other), { batch: numbers(1, 2), past: numbers(9) }))).toEqual([19_023]);
  });
  expect(times(other, calls)).toBe(1);
  // The loop is added to the graph when it is first used, which is then loaded anew.
  expect(times(x, calls)).toBe(2);
  step.dispose();
  tf.dispose([x, other]);
});

test('draws from different data, and then from the same, each get their own rows', () => {
  const [x, other] = [tf.range(0, 10), tf.range(10, 20)];
  const step = summing({ batch: { x }, past: { x: other } });
  const rows = { batch: numbers(1, 2), past: numbers(9) };
  expect(value(step.gather({ batch: { x }, past: { x: other } }, rows))).toEqual([19_003]);
  expect(value(step.gather({ batch: { x: other }, past: { x } }, rows))).toEqual([9023]);
  expect(value(step.gather(both(other), rows))).toEqual([19_023]);
  expect(value(step.gather({ batch: { x }, past: { x: other } }, rows))).toEqual([19_003]);
  step.dispose();
  tf.dispose([x, other]);
});

test('data may be a tensor, of any type and number of rows, that is disposed of as soon as other data comes', () => {
  const make = (rows: number) => tf.tidy(() => ({ x: tf.range(0, rows), k: tf.range(0, rows, 1, 'int32'), on: tf.range(0, rows).greater(2) }));
  const first = make(4);
  const step = compile(({ x, k, on }: typeof first) => tf.where(on, x.add(k), tf.zerosLike(x)).sum(), { inputs: first, rows: numbers(0, 3) });
  expect(step.mode).toBe('graph');
  const { binding } = nativeBackend();
  tf.dispose(first);
  const sizes: number[][] = [];
  for (let rows = 4; rows < 40; rows++) {
    const data = make(rows);
    expect(value(step.gather(data, numbers(2, rows - 1)))).toEqual([2 * (rows - 1)]);
    tf.dispose(data);
    sizes.push([tf.memory().numTensors, binding.getNumOfTensors()]);
  }
  expect(new Set(sizes.map(String)).size).toBe(1);
  step.dispose();
});

test('a model that learns to give back its input trains from one tensor as from two', async () => {
  const x = tf.randomNormal([50, 6], 0, 1, 'float32', 3);
  const copy = tf.tensor(x.dataSync().slice(), x.shape);
  const trained = async (y: tf.Tensor): Promise<number[][]> => {
    const kernelInitializer = tf.initializers.glorotUniform({ seed: 4 });
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [6], kernelInitializer }), tf.layers.dense({ units: 6, kernelInitializer })] });
    model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
    const { form } = await fit(model, { x, y }, { epochs: 2, batchSize: 16, form: 'gathered' });
    expect(form).toBe('gathered');
    return model.getWeights().map((w) => Array.from(w.dataSync()));
  };
  expect(await trained(x)).toEqual(await trained(copy));
  tf.dispose([x, copy]);
});

test('inputs and outputs go by their names, in whatever order they are written', () => {
  const [x, y] = [tf.tensor1d([5, 6]), tf.tensor1d([1, 2])];
  const step = compile(({ x, y }: { x: tf.Tensor; y: tf.Tensor }) => ({ sum: x.add(y), difference: x.sub(y) }), { inputs: { y, x } });
  const rows = Int32Array.of(0, 1);
  for (const inputs of [{ x, y }, { y, x }]) {
    for (const { sum, difference } of [step(inputs), step.gather(inputs, rows), step.loop(inputs, rows, 1)]) {
      expect([sum, difference].map((t) => Array.from(t.dataSync()))).toEqual([[6, 8], [4, 4]]);
    }
  }
  expect(Object.keys(step({ x, y }))).toEqual(['sum', 'difference']);
  step.dispose();
});

test('an input of another name is another step, though its shape is the same', () => {
  const [x, y] = [tf.tensor1d([5, 6]), tf.tensor1d([1, 2])];
  type Given = { x: tf.Tensor; y?: tf.Tensor; z?: tf.Tensor };
  const step = compile(({ x, y, z }: Given) => (y ? x.add(y) : x.sub(z!)), { inputs: { x, y } as { x: tf.Tensor } }) as unknown as (given: Given) => tf.Tensor;
  expect([{ x, y }, { z: y, x }, { x, y }].map((given) => Array.from(step(given).dataSync()))).toEqual([[6, 8], [4, 4], [6, 8]]);
});
