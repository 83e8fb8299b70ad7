import * as tf from '@tensorflow/tfjs';
import { loadBackend } from '../../learning/backend';
import { compile } from '../../learning/compiled';
import { optimizers } from './models';

beforeAll(async () => void (await loadBackend(['native'], { convolution: false })));

const data = {} as { x: tf.Tensor };
beforeAll(() => void (data.x = tf.ones([4])));
const rows = Int32Array.of(0, 1);
const rateOf = (optimizer: tf.Optimizer) => (optimizer as unknown as { learningRate: number }).learningRate;
type Update = (optimizer: tf.Optimizer, loss: () => tf.Scalar, w: tf.Variable) => void;
const updates: Record<string, Update> = {
  minimize: (optimizer, loss, w) => void optimizer.minimize(loss, true, [w]),
  applyGradients: (optimizer, loss, w) => optimizer.applyGradients(tf.variableGrads(loss, [w]).grads),
};

/** A step that reads a value, and so is refused. */
function eager(optimizer: tf.Optimizer, update: Update = updates.minimize!) {
  const w = tf.variable(tf.scalar(0));
  const step = compile(({ x }: typeof data) => {
    w.dataSync();
    update(optimizer, () => w.mul(x.mean()), w);
    return x.sum();
  }, { inputs: data, warn: () => {} });
  expect(step.mode).toBe('eager');
  return { step, value: () => w.dataSync()[0]! };
}

test.each(Object.entries(updates))('an eager step takes the rate that it is given from the first call on, and leaves the optimizer its own: %s', (_, update) => {
  const optimizer = tf.train.sgd(1);
  const { step, value } = eager(optimizer, update);
  step.gather(data, rows, 0.25);
  expect(value()).toBe(-0.25);
  expect(rateOf(optimizer)).toBe(1);
  step.gather(data, rows);
  expect(value()).toBe(-1.25);
  step.loop(data, Int32Array.of(0, 1, 2, 3), 2, Float32Array.of(0.5, 0.125));
  expect(value()).toBe(-1.875);
  expect(rateOf(optimizer)).toBe(1);
  expect(step.optimizers).toEqual([optimizer]);
});

test('every optimizer of tfjs stands still at a rate of 0', () => {
  for (const [name, make] of Object.entries(optimizers)) {
    const { step, value } = eager(make());
    step.gather(data, rows, 0);
    expect([name, Math.abs(value())]).toEqual([name, 0]);
  }
});

test('what comes back is the caller\'s own, though the step gives back an input or a variable', () => {
  const inputs = { x: tf.tensor1d([1, 2, 3]), w: tf.variable(tf.scalar(5)) };
  const step = compile(({ x }: { x: tf.Tensor }) => {
    x.sum().dataSync();
    return [x, inputs.w];
  }, { inputs: { x: inputs.x }, warn: () => {} });
  const { x } = inputs;
  expect(step.mode).toBe('eager');
  const results = [step({ x }), step.gather({ x }, rows), step.loop({ x }, rows, 2)];
  expect(results.map((given) => given.map((tensor) => Array.from(tensor.dataSync())))).toEqual([[[1, 2, 3], [5]], [[1, 2], [5]], [[1, 2], [5, 5]]]);
  tf.dispose(results);
  expect([x.isDisposed, inputs.w.isDisposed]).toEqual([false, false]);
});

test('a loop whose step fails leaves no tensor behind', () => {
  let calls = 0;
  const step = compile(({ x }: typeof data) => {
    x.sum().dataSync();
    if (calls++ === 3) throw new Error('mine');
    return x.sum();
  }, { inputs: data, warn: () => {} });
  const { numTensors } = tf.memory();
  expect(() => step.loop(data, Int32Array.of(0, 1, 2, 3), 4)).toThrow('mine');
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('an optimizer gets its own rate back where a step fails', () => {
  const optimizer = tf.train.adam(0.5);
  const { step } = eager(optimizer, (...given) => {
    updates.minimize!(...given);
    throw new Error('mine');
  });
  expect(() => step.gather(data, rows, 0.1)).toThrow('mine');
  expect(rateOf(optimizer)).toBe(0.5);
});
