import * as tf from '@tensorflow/tfjs';
import { loadBackend } from '../../learning/backend';
import { compile, compilePredict, type Compiled } from '../../learning/compiled';

beforeAll(async () => void (await loadBackend(['native'], { convolution: false })));

const x = () => tf.ones([4]);
type Inputs = { x: tf.Tensor };

/** Takes 1 from the variable at each call. */
function counting(w: tf.Variable, warn?: () => void): Compiled<Inputs, tf.Scalar> {
  const optimizer = tf.train.sgd(1);
  return compile(({ x }: Inputs) => {
    if (warn) w.dataSync();
    return optimizer.minimize(() => w.mul(x.mean()), true, [w])!;
  }, { inputs: { x: x() }, ...(warn ? { warn } : {}) });
}
const zero = () => tf.variable(tf.scalar(0));
const times = (n: number, ...steps: Compiled<Inputs, tf.Scalar>[]) => {
  for (let i = 0; i < n; i++) for (const step of steps) step({ x: x() }).dispose();
};
const value = (w: tf.Variable) => w.dataSync()[0];

test('a value that was saved before some steps may be given back without a pull', () => {
  const w = zero();
  const step = counting(w);
  expect(step.mode).toBe('graph');
  const first = w.clone();
  times(3, step);
  w.assign(first);
  times(1, step);
  step.pull();
  expect(value(w)).toBe(-1);
  const later = w.clone();
  times(2, step);
  w.assign(later);
  step.pull();
  expect(value(w)).toBe(-1);
  times(1, step);
  step.pull();
  expect(value(w)).toBe(-2);
  step.dispose();
});

test('two compiled steps with a variable in common go on from each other', () => {
  const w = zero();
  const [a, b] = [counting(w), counting(w)];
  times(2, a, b);
  a.pull();
  expect(value(w)).toBe(-4);
  times(1, b, a);
  b.pull();
  expect(value(w)).toBe(-6);
  a.dispose();
  times(1, b);
  b.dispose();
  expect(value(w)).toBe(-7);
});

test('a step that runs eagerly goes on from where the compiled ones are', () => {
  const w = zero();
  const [compiled, eager] = [counting(w), counting(w, () => {})];
  expect(eager.mode).toBe('eager');
  times(2, compiled, eager);
  compiled.pull();
  expect(value(w)).toBe(-4);
  [compiled, eager].forEach((step) => step.dispose());
});

test('compiling another step, or a model that is trained, loses no step that was taken', () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false, kernelInitializer: 'zeros' })] });
  const w = (model.weights[0] as unknown as { val: tf.Variable }).val;
  const optimizer = tf.train.sgd(1);
  const step = compile(({ x }: Inputs) => optimizer.minimize(() => w.mul(x.mean()).sum(), true, [w])!, { inputs: { x: x() } });
  const saved = w.clone();
  times(2, step);
  const predict = compilePredict(model);
  expect(predict(tf.ones([1, 1]))[0]!.dataSync()[0]).toBe(-2);
  times(1, step);
  const other = counting(zero());
  times(1, step);
  step.pull();
  expect(value(w)).toBe(-4);
  [step, other, predict, saved].forEach((thing) => thing.dispose());
});

test('a step whose variables were disposed of does not stand in the way of others', () => {
  const [gone, w] = [zero(), zero()];
  const [abandoned, eager] = [counting(gone), counting(w, () => {})];
  times(1, abandoned);
  gone.dispose();
  times(1, eager);
  expect(value(w)).toBe(-1);
  [abandoned, eager].forEach((step) => step.dispose());
});

test('variables are as they were before, when the last of their steps is disposed of', () => {
  const w = zero();
  const [a, b] = [counting(w), counting(w)];
  a.dispose();
  times(1, b);
  w.assign(tf.scalar(5));
  times(1, b);
  b.dispose();
  expect(value(w)).toBe(4);
  expect(Object.hasOwn(w, 'assign')).toBe(false);
});
