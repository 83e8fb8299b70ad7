import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { BackendFacts, PipelineInput } from '../../contracts';
import { crossEntropy, loadBackend, registerStrategy, readTensors, saveModel, standardise, strategy, train, writeTensors } from '../../learning';
import { unpack } from '../../learning/memory';
import { bits, pipelineWith, stream } from './tables';

/** The loss of fine-tuning, but it reads the step's number in JavaScript, which no graph can follow. */
const readsNumber = strategy('reads-number', z.strictObject({}), () => ({
  loss: ({ logits, batch, number }) => crossEntropy(logits(batch.x), batch.y).mul(number >= 0 ? 1 : 2),
}));

const rows = stream(70, 2, 1);
let backend: BackendFacts;
beforeAll(async () => {
  registerStrategy(readsNumber);
  backend = await loadBackend(['native'], { convolution: false });
});

/** 40 epochs of 5 steps, the last of each smaller: enough to be worth compiling. */
const request = (learning: PipelineInput['learning'], model?: PipelineInput['model']) => ({
  pipeline: pipelineWith({ ...learning, epochs: 40, scratchEpochs: 40 }, model),
  table: rows,
  parent: null,
  backend,
});

test('a compiled training gives the same bits as an eager one', async () => {
  const warned = jest.spyOn(console, 'warn').mockImplementation();
  const eager = await train(request({ strategy: 'reads-number' }));
  expect(warned.mock.calls).toEqual([[expect.stringContaining('the strategy reads `number`')]]);
  warned.mockClear();
  const graph = await train(request({ strategy: 'fine-tune' }));
  expect(warned).not.toHaveBeenCalled();
  const [a, b] = [eager, graph].map(({ learner }) => bits(saveModel(learner)));
  expect(b).toEqual(a);
  expect(graph.loss).toBe(eager.loss);
  warned.mockRestore();
});

/** Its first step, without a draw from the memory, can be a graph; the next ones cannot. */
const annealed = strategy('annealed', z.strictObject({}), () => ({
  memory: { rows: 30, sampling: 'reservoir', insert: 'stream' },
  loss: ({ logits, batch, past, number }) => {
    const loss = crossEntropy(logits(batch.x), batch.y);
    return past ? loss.add(crossEntropy(logits(past.x), past.y).mul(Math.min(1, number / 100))) : loss;
  },
}));

test('a step that cannot be a graph later on is taken eagerly from there, to the same bits, after one warning', async () => {
  registerStrategy(annealed);
  const warned = jest.spyOn(console, 'warn').mockImplementation();
  const { learner, form } = await train(request({ strategy: 'annealed' }));
  expect({ form, warnings: warned.mock.calls }).toEqual({ form: 'eager', warnings: [[expect.stringContaining('the strategy reads `number`')]] });
  const eager = await train({ ...request({ strategy: 'annealed' }), backend: { ...backend, name: 'js' } });
  expect(bits(saveModel(learner))).toEqual(bits(saveModel(eager.learner)));
  warned.mockRestore();
});

/** Counts its trainings in a whole number, which is not the counter of random draws. */
const counts = strategy('counts', z.strictObject({}), () => ({
  begin: ({ state }) => void state.set('trainings', tf.tidy(() => tf.scalar(7, 'int32').variable(false))),
  loss: ({ logits, batch, state }) => crossEntropy(logits(batch.x), batch.y).mul(state.get('trainings')!.toFloat()),
}));

test("a strategy's own whole number is left alone", async () => {
  registerStrategy(counts);
  const { learner, form } = await train(request({ strategy: 'counts' }));
  expect(form).toBe('graph');
  expect(Array.from(learner.strategy!.tensors.trainings!.values)).toEqual([7]);
});

test('what is kept of the rows is what the finished model says of them, without dropout, and moves no running statistics', async () => {
  const { width } = (await train(request({ strategy: 'fine-tune' }))).learner.features;
  const layers = [
    { class_name: 'Dense', config: { units: 8, activation: 'relu', batch_input_shape: [null, width], name: 'first' } },
    { class_name: 'BatchNormalization', config: { name: 'norm' } },
    { class_name: 'Dropout', config: { rate: 0.5, name: 'drop' } },
    { class_name: 'Dense', config: { units: 2, name: 'out' } },
  ];
  const model: PipelineInput['model'] = { layers: { class_name: 'Sequential', config: { name: 'm', layers } } };
  const [der, plain] = await Promise.all([{ name: 'der', memory: 10_000 }, 'fine-tune'].map(async (strategy) => (await train(request({ strategy }, model))).learner));
  expect(bits(saveModel(der!))['weights.bin']).toEqual(bits(saveModel(plain!))['weights.bin']);
  const { values, shape } = unpack('x', der!.strategy!.memory!)!;
  const said = tf.tidy(() => (der!.model.apply(tf.tensor2d(standardise(der!.features, values), shape as [number, number])) as tf.Tensor).dataSync<'float32'>());
  der!.strategy!.memory!['kept/logits']!.values.forEach((value, i) => expect(Math.abs(value - said[i]!)).toBeLessThan(1e-5));
});

test.each([
  ['adam', { optimizer: 'adam' }, undefined],
  ['momentum', { optimizer: 'momentum' }, undefined],
  ['replay with dropout', { strategy: 'replay' }, { mlp: [8], dropout: 0.4 }],
] as [string, PipelineInput['learning'], PipelineInput['model']][])('a compiled training (%s) that was interrupted anywhere ends with the same bits', async (_, learning, model) => {
  const parent = (await train(request(learning, model))).learner;
  const kept = new Map<number, Uint8Array>();
  const whole = await train({ ...request(learning, model), parent, checkpoint: { steps: 1, save: (bytes, step) => void kept.set(step, bytes) } });
  for (const step of [3, 5, 101]) {
    const resumed = await train({ ...request(learning, model), parent, resume: kept.get(step)! });
    expect(bits(saveModel(resumed.learner))).toEqual(bits(saveModel(whole.learner)));
  }
});

test('a training says in which form its steps were taken', async () => {
  jest.spyOn(console, 'warn').mockImplementationOnce(() => undefined);
  expect((await train(request({ strategy: 'reads-number' }))).form).toBe('eager');
  expect((await train(request({ strategy: 'fine-tune' }))).form).toBe('graph');
});

test.each([
  ['without oneDNN and dropout: nothing changes', false, [8], 0, true],
  ['with oneDNN: it cannot be reproduced', true, [8], 0, false],
  ['with dropout, whose masks differ: it cannot be reproduced', false, [8], 0.4, false],
])('a training that is resumed in the other form, %s', async (_, onednn, mlp, dropout, reproducible) => {
  const asked = { ...request({}, { mlp, dropout }), backend: { ...backend, onednn } };
  let kept: Uint8Array | undefined;
  await train({ ...asked, checkpoint: { steps: 150, save: (bytes) => void (kept = bytes) } });
  expect(await train({ ...asked, resume: kept! })).toMatchObject({ form: 'graph', reproducible: true });
  const { meta, arrays } = readTensors(kept!, 'checkpoint');
  const other = { ...meta, progress: { ...(meta as { progress: object }).progress, form: 'eager' } };
  expect(await train({ ...asked, resume: writeTensors(other as never, arrays) })).toMatchObject({ form: 'graph', reproducible });
});
