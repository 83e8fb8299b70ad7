import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { BackendUnavailable, pipelineSchema, type ModelSpec } from '../../contracts';
import { environmentFor, loadBackend, sameFacts, saveModel, train, usesConvolution } from '../../learning';
import { bits, pipelineWith, stream } from './tables';

const model = (spec: unknown): ModelSpec => pipelineSchema.shape.model.parse(spec);
const cnn = model({ cnn: { image: [8, 8, 1], filters: [4] } });

test('native TensorFlow says its true version, its device and its threads', async () => {
  const facts = await loadBackend(['native'], { convolution: true });
  expect(facts).toMatchObject({ name: 'native', device: expect.stringMatching(/^(cpu|gpu)$/) as string });
  expect(facts.tensorflow).toMatch(/^\d+\.\d+\.\d+/);
  expect(facts.threads).toBeGreaterThan(0);
  expect(facts.cpu).not.toBe('');
  expect(tf.getBackend()).toBe('tensorflow');
});

test('a backend that is not allowed is not used, and plain JavaScript works', async () => {
  expect(await loadBackend(['js'], { convolution: false })).toMatchObject({ name: 'js', device: 'cpu', onednn: false });
  expect(tf.getBackend()).toBe('cpu');
});

test('WebAssembly works', async () => {
  expect(await loadBackend(['wasm', 'js'], { convolution: false })).toMatchObject({ name: 'wasm' });
  expect(tf.tidy(() => tf.tensor1d([1, 2]).add(1).dataSync())).toEqual(Float32Array.of(2, 3));
});

test('native TensorFlow is loaded where Node has no util.isArray and util.isNullOrUndefined any more', () => {
  const program = `const util = require('node:util'); delete util.isArray; delete util.isNullOrUndefined;
    require(${JSON.stringify(require.resolve('../../learning'))}).loadBackend(['native'], { convolution: false })
      .then(() => require('@tensorflow/tfjs').tidy(() => require('@tensorflow/tfjs').ones([2]).sum().dataSync()[0])).then(console.log)`;
  expect(execFileSync(process.execPath, ['-e', program], { cwd: __dirname, stdio: ['ignore', 'pipe', 'ignore'] }).toString()).toBe('2\n');
});

test.each(['wasm', 'js'] as const)('a perceptron trains on %s, and an interrupted training ends with the same bits', async (name) => {
  const backend = await loadBackend([name], { convolution: false });
  const request = { pipeline: pipelineWith({ scratchEpochs: 3 }, { mlp: [8], dropout: 0.1 }), table: stream(60), parent: null, backend };
  let middle: Uint8Array | undefined;
  const whole = await train({ ...request, checkpoint: { steps: 6, save: (bytes, step) => void (middle = step === 6 ? bytes : middle) } });
  const resumed = await train({ ...request, resume: middle! });
  expect(bits(saveModel(resumed.learner))).toEqual(bits(saveModel(whole.learner)));
  expect(whole.loss).toBeLessThan(1);
});

test('a convolutional network without native TensorFlow is refused with the cure', async () => {
  const refused = loadBackend(['wasm', 'js'], { convolution: true });
  await expect(refused).rejects.toThrow(BackendUnavailable);
  await expect(refused).rejects.toThrow(/training.backends: wasm, js.*npm run setup/);
});

test('oneDNN is on for convolutional networks and off for all others, of which small ones get one thread', () => {
  expect(environmentFor(cnn)).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '1' });
  expect(environmentFor(model({ mlp: [64] }))).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '0', TF_NUM_INTRAOP_THREADS: '1' });
  expect(environmentFor(model({ builder: 'mine' }))).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '0', TF_NUM_INTRAOP_THREADS: '1' });
  expect(usesConvolution(model({ builder: 'mine' }))).toBe(false);
});

test('a wide network gets a thread for each core, as an MLP and as layers', () => {
  const cores = String(availableParallelism());
  const dense = (units: number) => ({ class_name: 'Dense', config: { units } });
  const wide = [model({ mlp: [400, 400] }), model({ layers: { class_name: 'Sequential', config: { layers: [dense(400), dense(400), dense(2)] } } })];
  for (const spec of wide) expect(environmentFor(spec)).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '0', TF_NUM_INTRAOP_THREADS: cores });
});

test('freed memory stays with a training process, and TensorFlow reports only errors', () => {
  expect(environmentFor(model({ mlp: [8] }))).toMatchObject({ MALLOC_MMAP_THRESHOLD_: expect.any(String) as string, TF_CPP_MIN_LOG_LEVEL: '2' });
});

test('facts that differ anywhere are not the same', () => {
  const facts = { name: 'js', tensorflow: '1', device: 'cpu', onednn: false, threads: 1, cpu: 'x' } as const;
  expect(sameFacts(facts, { ...facts })).toBe(true);
  expect(sameFacts(facts, { ...facts, threads: 2 })).toBe(false);
});
