import * as tf from '@tensorflow/tfjs';
import { InvalidInput, pipelineSchema } from '../../contracts';
import { buildModel, loadBackend, registerModel, type ModelShape } from '../../learning';
import { modelFromTopology, weightsOf } from '../../learning/models';

const shape = { width: 6, classes: 3 };
const build = (spec: unknown, seed = 1, of: ModelShape = shape): Promise<tf.LayersModel> => buildModel(pipelineSchema.shape.model.parse(spec), of, seed);
const values = (model: tf.LayersModel): number[][] => weightsOf(model).map(({ variable }) => [...variable.dataSync()]);
const dense = (units: number, more: object = {}): object => ({ class_name: 'Dense', config: { units, ...more } });
const sequential = (...layers: object[]): object => ({ class_name: 'Sequential', config: { layers } });
const first = { batch_input_shape: [null, 6] };

beforeAll(() => loadBackend(['native'], { convolution: false }));

const topology = sequential(dense(5, { ...first, activation: 'tanh' }), { class_name: 'BatchNormalization', config: {} }, dense(3));

test.each([
  ['a multi-layer perceptron', { mlp: [5, 4], dropout: 0.1 }, ['hidden1/kernel', 'hidden1/bias', 'hidden2/kernel', 'hidden2/bias', 'logits/kernel', 'logits/bias']],
  ['a multi-layer perceptron without hidden layers', { mlp: [] }, ['logits/kernel', 'logits/bias']],
  ['a convolutional network', { cnn: { image: [3, 2, 1], filters: [2, 2], dense: 4 } }, ['conv1/kernel', 'conv1/bias', 'conv2/kernel', 'conv2/bias', 'hidden1/kernel', 'hidden1/bias', 'logits/kernel', 'logits/bias']],
  ['layers JSON', { layers: topology }, undefined],
])('%s gives logits, and the same seed gives the same bits', async (_, spec, names) => {
  const [model, again, other] = [await build(spec), await build(spec), await build(spec, 2)];
  if (names) expect(weightsOf(model).map(({ name }) => name)).toEqual(names);
  expect(values(again)).toEqual(values(model));
  expect(values(other)).not.toEqual(values(model));
  const input = tf.randomNormal([7, ...(model.inputs[0]!.shape.slice(1) as number[])]);
  expect((model.predict(input) as tf.Tensor).shape).toEqual([7, 3]);
  expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
});

test('two layers of one size do not begin with the same weights', async () => {
  const [a, , b] = values(await build({ mlp: [6, 6] }));
  expect(a).not.toEqual(b);
});

test('a whole model.json is accepted as layers JSON', async () => {
  const model = await modelFromTopology({ format: 'layers-model', modelTopology: topology, weightsManifest: [] });
  expect(model.layers).toHaveLength(3);
});

test.each([
  ['an unknown layer', sequential({ class_name: 'Lambda', config: first }, dense(3)), 'the layer class Lambda is not allowed'],
  ['something that is no model', { class_name: 'Dense', config: { units: 3 } }, 'class_name is "Dense"'],
  ['a model inside a model', sequential(dense(3, first), sequential(dense(3, first))), 'Sequential inside a model'],
  ['too many parameters', sequential(dense(60_000, first), dense(60_000), dense(3)), 'over 100000000 parameters'],
  ['too many layers', sequential(dense(3, first), ...Array.from({ length: 300 }, () => dense(3))), '301 layers; at most 256'],
  ['too much JSON', sequential(dense(3, { ...first, name: 'x'.repeat(2e6) })), 'characters of JSON'],
  ['deep nesting', JSON.parse('{"class_name":"Sequential","config":' + '{"a":'.repeat(50) + '1' + '}'.repeat(51)) as object, 'nested deeper'],
  ['dropout that cannot be seeded', sequential({ class_name: 'Reshape', config: { ...first, target_shape: [3, 2] } }, { class_name: 'LSTM', config: { units: 3, dropout: 0.5 } }), 'LSTM has dropout of its own'],
  ['a constraint', sequential(dense(3, { ...first, kernel_constraint: { class_name: 'L2', config: {} } })), 'Dense has a constraint'],
  ['another number of inputs', sequential(dense(3, { batch_input_shape: [null, 7] })), /its input is \[7\], but there are 6 inputs after encoding \(a column of numbers is one, and another that says where values are missing.*make it \[6\], or leave columns out with features\.exclude/],
  ['another number of classes', sequential(dense(4, first)), 'its output is [4], but there are 3 classes'],
  ['probabilities instead of logits', sequential(dense(3, { ...first, activation: 'softmax' })), 'logits are expected'],
  ['no input shape', sequential(dense(3)), 'model.layers:'],
])('%s is refused', async (_, layers, message) => {
  await expect(build({ layers })).rejects.toThrow(InvalidInput);
  await expect(build({ layers })).rejects.toThrow(message);
});

test.each([
  [['a', 'b', 'c'], '3 classes (a, b, c): end with a dense layer of 3 units'],
  [['a', 'b', 'c', 'd', 'e'], '5 classes (…, c, d, e): end with a dense layer of 5 units'],
])('classes that the model has no units for are named, the new ones at least: %j', async (names, message) => {
  await expect(build({ layers: sequential(dense(4, first)) }, 1, { width: 6, classes: names.length, names })).rejects.toThrow(`model: its output is [4], but there are ${message}`);
});

test('a perceptron that would not fit into memory is refused before it is made', async () => {
  await expect(build({ mlp: [65_536, 65_536] })).rejects.toThrow('hidden2/kernel of shape [65536, 65536]');
});

test('an image of another size than the columns is refused', async () => {
  await expect(build({ cnn: { image: [4, 4, 1], filters: [2] } })).rejects.toThrow('takes 16 numbers, but there are 6 feature columns');
});

test('a builder is found by its name, and an unknown one is refused', async () => {
  registerModel('linear', ({ width, classes }, seed, options) =>
    tf.sequential({ layers: [tf.layers.dense({ inputShape: [width], units: classes, useBias: options.bias === true, kernelInitializer: tf.initializers.glorotUniform({ seed }) })] }),
  );
  expect((await build({ builder: 'linear' })).countParams()).toBe(18);
  expect((await build({ builder: 'linear', options: { bias: true } })).countParams()).toBe(21);
  await expect(build({ builder: 'quadratic' })).rejects.toThrow('model.builder is quadratic, which is not registered on this worker (registered: linear)');
});
