import * as tf from '@tensorflow/tfjs';
import { loadBackend } from '../../learning/backend';
import { CannotCompile, compileInDouble } from '../../learning/compiled';
import { nativeBackend } from '../../learning/compiled/native';
import { build, models } from './models';

beforeAll(async () => void (await loadBackend(['native'], { convolution: false })));

test.each(Object.keys(models))('a %s in float64 gives what it gives in float32, to float32’s last bits', (name) => {
  const { shape, integers } = models[name]!;
  const model = build(name, 3);
  const x = integers ? tf.randomUniform([7, ...shape], 0, integers, 'int32', 3).toFloat() : tf.randomNormal([7, ...shape], 0, 1, 'float32', 3);
  const inDouble = compileInDouble(model);
  const expected = (model.predict(x) as tf.Tensor).dataSync();
  inDouble(x).forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-6 * Math.max(1, Math.abs(expected[i]!))));
  inDouble.dispose();
  model.dispose();
});

test('a batch norm keeps what is small beside its mean', () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, useBias: false, inputShape: [2] }), tf.layers.batchNormalization({ epsilon: 0.5 })] });
  model.setWeights([tf.tensor2d([[1], [2 ** -30]]), tf.tensor1d([3]), tf.tensor1d([0.25]), tf.tensor1d([1]), tf.tensor1d([3.5])]);
  const inDouble = compileInDouble(model);
  expect(inDouble(tf.tensor2d([[2, 1]]))[0]).toBeCloseTo((3 * (1 + 2 ** -30)) / 2 + 0.25, 14);
  inDouble.dispose();
  model.dispose();
});

test('a sum that float32 cannot hold comes out whole', () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3] })] });
  model.layers[0]!.setWeights([tf.tensor2d([[2 ** 30], [1], [2 ** -20]]), tf.tensor1d([0])]);
  const inDouble = compileInDouble(model);
  const x = tf.ones([2, 3]);
  const before = [tf.memory().numTensors, nativeBackend().binding.getNumOfTensors()];
  expect([...inDouble(x)]).toEqual([2 ** 30 + 1 + 2 ** -20, 2 ** 30 + 1 + 2 ** -20]);
  // The input went to TensorFlow when it was first used; nothing else is left.
  expect(tf.memory().numTensors).toBe(before[0]);
  expect(nativeBackend().binding.getNumOfTensors()).toBeLessThanOrEqual(before[1]! + 1);
  inDouble.dispose();
});

test.each<[string, () => tf.LayersModel]>([
  ['op takes no float64', () => tf.sequential({ layers: [tf.layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear', inputShape: [4, 4, 1] }), tf.layers.flatten(), tf.layers.dense({ units: 2 })] })],
  ['kernel takes no float64', () => tf.sequential({ layers: [tf.layers.averagePooling3d({ inputShape: [2, 2, 2, 1], poolSize: 2 }), tf.layers.flatten(), tf.layers.dense({ units: 2 })] })],
])('a layer whose %s is refused before anything is run', (_, layers) => {
  const model = layers();
  expect(() => compileInDouble(model)).toThrow(CannotCompile);
  model.dispose();
});
