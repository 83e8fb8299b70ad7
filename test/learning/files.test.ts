import * as tf from '@tensorflow/tfjs';
import { CorruptArtifact, type BackendFacts } from '../../contracts';
import { loadBackend, loadModel, predict, saveModel, train, type Learner } from '../../learning';
import { bits, pipelineWith, stream } from './tables';

let backend: BackendFacts;
let learner: Learner;
let files: Record<string, Uint8Array>;
beforeAll(async () => {
  backend = await loadBackend(['native'], { convolution: false });
  ({ learner } = await train({ pipeline: pipelineWith(), table: stream(70), parent: null, backend }));
  files = saveModel(learner);
});

test('a version has a model, weights, features, the state of the optimizer and the memory', () => {
  expect(Object.keys(files)).toEqual(['model.json', 'weights.bin', 'features.json', 'optimizer.bin', 'memory.bin']);
});

test('what was saved is loaded: the same predictions, and the same bytes when it is saved again', async () => {
  const loaded = await loadModel(files);
  expect(predict(loaded.model, loaded.features, stream(40, 3))).toEqual(predict(learner.model, learner.features, stream(40, 3)));
  expect(bits(saveModel(loaded))).toEqual(bits(files));
  expect(loaded.steps).toBe(10);
});

test('training goes on from a loaded version as from the one that was never saved', async () => {
  const update = async (parent: Learner): Promise<Record<string, string>> =>
    bits(saveModel((await train({ pipeline: pipelineWith(), table: stream(50, 2, 4), parent, backend })).learner));
  expect(await update(await loadModel(files))).toEqual(await update(learner));
});

test('any tf.js client can load the model', async () => {
  const { modelTopology, weightsManifest } = JSON.parse(Buffer.from(files['model.json']!).toString()) as { modelTopology: object; weightsManifest: { weights: tf.io.WeightsManifestEntry[] }[] };
  const weightData = new Uint8Array(files['weights.bin']!).buffer;
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0]!.weights, weightData }));
  const x = tf.randomNormal([5, learner.features.width]);
  expect((model.predict(x) as tf.Tensor).dataSync()).toEqual((learner.model.predict(x) as tf.Tensor).dataSync());
});

test('a version without optimizer and memory can be loaded to predict', async () => {
  const { 'optimizer.bin': _, 'memory.bin': __, ...rest } = files;
  expect(await loadModel(rest)).toMatchObject({ optimizer: null, strategy: null });
});

interface Description {
  modelTopology: { config: { layers: { class_name: string }[] } };
  weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
}
const changed = (change: (description: Description) => void): Record<string, Uint8Array> => {
  const description = JSON.parse(Buffer.from(files['model.json']!).toString()) as Description;
  change(description);
  return { ...files, 'model.json': Buffer.from(JSON.stringify(description)) };
};

test.each<[string, () => Record<string, Uint8Array>, string]>([
  ['a path that leads elsewhere', () => changed((d) => (d.weightsManifest[0]!.paths = ['../../etc/passwd'])), 'must all be in the one file weights.bin'],
  ['a layer that is not allowed', () => changed((d) => (d.modelTopology.config.layers[1]!.class_name = 'Lambda')), 'the layer class Lambda is not allowed'],
  ['a weight with another shape', () => changed((d) => (d.weightsManifest[0]!.weights[0]!.shape = [8, 10])), 'hidden1/kernel has the shape [8, 10], the model [10, 8]'],
  ['a weight of another type', () => changed((d) => (d.weightsManifest[0]!.weights[0]!.dtype = 'string')), 'has the type string'],
  ['a weight that the model has not', () => changed((d) => (d.weightsManifest[0]!.weights[0]!.name = 'other/kernel')), 'the weight hidden1/kernel is missing'],
  ['a weight that is told of twice', () => changed((d) => (d.weightsManifest[0]!.weights[1]!.name = 'hidden1/kernel')), 'hidden1/kernel is there twice'],
  ['weights that end too early', () => ({ ...files, 'weights.bin': files['weights.bin']!.subarray(0, 100) }), 'of 100'],
  ['weights with more at the end', () => ({ ...files, 'weights.bin': Buffer.concat([files['weights.bin']!, Buffer.alloc(4)]) }), 'but model.json tells of'],
  ['a missing file', () => ({ 'model.json': files['model.json']! }), 'features.json: it is missing; there are model.json'],
  ['JSON that is none', () => ({ ...files, 'features.json': Buffer.from('{') }), 'features.json: not a JSON object'],
  ['features of another model', () => ({ ...files, 'features.json': Buffer.from(JSON.stringify({ ...learner.features, width: 9 })) }), 'its input is [10], but there are 9'],
  ['a torn memory', () => ({ ...files, 'memory.bin': files['memory.bin']!.subarray(0, 200) }), 'memory.bin: expected sha256'],
])('%s is refused', async (_, broken, message) => {
  const before = tf.memory().numTensors;
  await expect(loadModel(broken())).rejects.toThrow(CorruptArtifact);
  await expect(loadModel(broken())).rejects.toThrow(message);
  expect(tf.memory().numTensors).toBe(before);
});
