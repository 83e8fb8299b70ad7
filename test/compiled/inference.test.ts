import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { node } from '@tensorflow/tfjs-node';
import { loadBackend } from '../../learning/backend';
import { compilePredict, exportSavedModel, predictionDifference } from '../../learning/compiled';
import { nativeBackend } from '../../learning/compiled/native';
import { build, models } from './models';

beforeAll(async () => void (await loadBackend(['native'], { convolution: false })));

const rowsFor = (name: string, rows: number): tf.Tensor => {
  const { shape, integers } = models[name]!;
  return integers ? tf.randomUniform([rows, ...shape], 0, integers, 'int32', 3).toFloat() : tf.randomNormal([rows, ...shape], 0, 1, 'float32', 3);
};

test.each(Object.keys(models))('a compiled %s predicts as tfjs does, for any number of rows', (name) => {
  const model = build(name, 3);
  const predict = compilePredict(model);
  for (const rows of [1, 2, 17]) expect(predictionDifference(model, predict, rowsFor(name, rows))).toBeLessThan(1e-6);
  predict.dispose();
  model.dispose();
});

test('a model with two inputs and two outputs keeps their order', () => {
  const a = tf.input({ shape: [2], name: 'a' });
  const b = tf.input({ shape: [3], name: 'b' });
  const joined = tf.layers.concatenate().apply([a, b]) as tf.SymbolicTensor;
  const outputs = [2, 1].map((units) => tf.layers.dense({ units }).apply(joined) as tf.SymbolicTensor);
  const model = tf.model({ inputs: [a, b], outputs });
  const predict = compilePredict(model);
  expect(predictionDifference(model, predict, tf.ones([4, 2]), tf.ones([4, 3]))).toBeLessThan(1e-6);
  predict.dispose();
});

test('outputs of one layer that is used twice are all there, and are exported under names of their own', async () => {
  const inputs = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
  const shared = tf.layers.dense({ units: 1, kernelInitializer: 'ones', name: 'shared' });
  const model = tf.model({ inputs, outputs: inputs.map((input) => shared.apply(input) as tf.SymbolicTensor) });
  const given = [tf.ones([1, 2]), tf.fill([1, 2], 5)];
  const predict = compilePredict(model);
  expect(predict(...given).map((tensor) => tensor.dataSync()[0])).toEqual([2, 10]);
  predict.dispose();
  const folder = mkdtempSync(join(tmpdir(), 'export-'));
  try {
    exportSavedModel(model, folder);
    const loaded = await node.loadSavedModel(folder);
    const outputs = loaded.predict(Object.fromEntries(model.inputNames.map((name, i) => [name, given[i]!]))) as Record<string, tf.Tensor>;
    expect(Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.dataSync()[0]]))).toEqual({ shared: 2, shared_1: 10 });
    loaded.dispose();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('inputs that do not fit are refused before TensorFlow sees them', () => {
  const predict = compilePredict(build('mlp', 3));
  const { binding } = nativeBackend();
  const wrong = tf.ones([2, 19]);
  const before = binding.getNumOfTensors();
  expect(() => predict(wrong)).toThrow('input 0 of the model is float32 [rows,20], not float32 [2,19]');
  expect(binding.getNumOfTensors()).toBe(before);
  predict.dispose();
  wrong.dispose();
});

test('an exported SavedModel has a signature with the names of the model, and gives its values', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'export-'));
  try {
    const model = build('cnn', 3);
    exportSavedModel(model, folder);
    const loaded = await node.loadSavedModel(folder);
    const x = rowsFor('cnn', 5);
    const outputs = loaded.predict({ [model.inputNames[0]!]: x }) as Record<string, tf.Tensor>;
    expect(Object.keys(outputs)).toEqual(model.outputNames);
    expect(outputs[model.outputNames[0]!]!.sub(model.predict(x) as tf.Tensor).abs().max().dataSync()[0]).toBeLessThan(1e-6);
    loaded.dispose();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a model whose layers draw or read values is refused by name', () => {
  class Reading extends tf.layers.Layer {
    static className = 'Reading';
    override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
      const input = Array.isArray(x) ? x[0]! : x;
      return input.mul(input.sum().dataSync()[0]!);
    }
    override computeOutputShape(shape: tf.Shape): tf.Shape {
      return shape;
    }
  }
  const input = tf.input({ shape: [2] });
  const model = tf.model({ inputs: input, outputs: new Reading().apply(input) as tf.SymbolicTensor });
  expect(() => compilePredict(model)).toThrow(/reads the result of Sum/);
});
