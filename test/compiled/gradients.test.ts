import * as tf from '@tensorflow/tfjs';
import { loadBackend } from '../../learning/backend';
import { compile } from '../../learning/compiled';

beforeAll(async () => void (await loadBackend(['native'], { convolution: false })));

const edges = [-2, -1, -0, 0, 1e-40, 0.25, 0.5, 0.999, 1, 1.001, 3, Infinity, -Infinity, NaN];

/** The gradient of an op at every x, eagerly and in a graph, and the graph's operations. */
function both(op: (x: tf.Tensor) => tf.Tensor) {
  const x = tf.tensor1d([...edges, ...(tf.randomNormal([200], 0, 2, 'float32', 3).arraySync() as number[])]);
  const dy = tf.randomNormal(x.shape, 0, 1, 'float32', 4);
  const gradient = ({ x, dy }: { x: tf.Tensor; dy: tf.Tensor }) => ({ dx: tf.grad(op)(x, dy) });
  const step = compile(gradient, { inputs: { x, dy } });
  const [eager, compiled] = [gradient({ x, dy }), step({ x, dy })].map(({ dx }) => [...new Uint32Array(Float32Array.from(dx.dataSync()).buffer)]);
  const { mode, size } = step;
  step.dispose();
  return { eager, compiled, mode, size };
}

test.each<[string, (x: tf.Tensor) => tf.Tensor, number]>([
  ['tanh', (x) => tf.tanh(x), 7],
  ['a clip', (x) => tf.clipByValue(x, 0, 1), 9],
  ['a hard sigmoid', (x) => tf.clipByValue(tf.add(0.5, tf.mul(0.2, x)), 0, 1), 16],
])('the gradient of %s has the bits of the eager one in fewer operations: at zero, at the bounds, at infinity, and where there is no number', (_, op, most) => {
  const { eager, compiled, mode, size } = both(op);
  expect(mode).toBe('graph');
  expect(compiled).toEqual(eager);
  expect(size).toBeLessThanOrEqual(most);
});

test('bounds the wrong way round are no clip', () => {
  const x = tf.tensor1d([-1, 0, 0.5, 1, 2]);
  const within = ({ x }: { x: tf.Tensor }) => ({ clipped: x.minimum(0).maximum(1), within: x.greaterEqual(1).logicalAnd(x.lessEqual(0)).cast('float32') });
  const step = compile(within, { inputs: { x } });
  expect(step.mode).toBe('graph');
  expect([...step({ x }).within.dataSync()]).toEqual([0, 0, 0, 0, 0]);
  step.dispose();
});
