import { setTimeout } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { BackendUnavailable, CorruptArtifact, InvalidInput, TrainingDiverged, type BackendFacts, type TrainingProgress } from '../../contracts';
import { accuracy, labels, loadBackend, predict, registerStrategy, saveModel, strategy, train, type Learner, type Strategy, type TrainingRequest, type TrainingResult } from '../../learning';
import { bits, pipelineWith, stream } from './tables';

let backend: BackendFacts;
beforeAll(async () => {
  backend = await loadBackend(['native'], { convolution: false });
});

const run = (request: Partial<TrainingRequest>): Promise<TrainingResult> =>
  train({ pipeline: pipelineWith(), table: stream(100), parent: null, backend, ...request });
const saved = ({ learner }: { learner: Learner }): Record<string, string> => bits(saveModel(learner));

test('a model learns from scratch, and goes on learning when the stream has moved: fast on the new rows alone, slower where old rows hold it', async () => {
  const settings = { scratchEpochs: 30, epochs: 20, batch: 64, rate: 0.02 };
  const judge = ({ model, features }: Learner, table: ReturnType<typeof stream>): number => accuracy(predict(model, features, table).predictions, labels(features, table));
  const moved = stream(6000, 10, 3);
  for (const { strategy, gain, touched } of [{ strategy: 'fine-tune', gain: 0.2, touched: 1 }, { strategy: 'packed-replay', gain: 0.03, touched: 2 }]) {
    const pipeline = pipelineWith({ ...settings, strategy });
    const first = await run({ pipeline, table: stream(600) });
    expect(judge(first.learner, stream(600, 9))).toBeGreaterThan(0.9);
    const second = await run({ pipeline, table: stream(600, 2, 3), parent: first.learner });
    expect(judge(second.learner, moved)).toBeGreaterThan(judge(first.learner, moved) + gain);
    expect(second).toMatchObject({ rows: 600, steps: 20 * 10, rowsTouched: touched * 20 * 600, reproducible: true });
    expect(second.learner.steps).toBe(first.steps + second.steps);
  }
});

test('the same request gives the same bits, another seed gives others', async () => {
  const [a, b, other] = [await run({}), await run({}), await run({ pipeline: pipelineWith({ seed: 2 }) })];
  expect(saved(b)).toEqual(saved(a));
  expect(saved(other)['weights.bin']).not.toBe(saved(a)['weights.bin']);
});

test('the parent is not changed', async () => {
  const { learner } = await run({});
  const before = saved({ learner });
  await run({ table: stream(60, 2, 5), parent: learner });
  expect(saved({ learner })).toEqual(before);
});

test('only the rows of the range are trained on', async () => {
  const table = stream(100);
  const other = { ...table, columns: { ...table.columns, a: { kind: 'number' as const, values: (table.columns.a as { values: Float64Array }).values.map((value, row) => (row < 80 ? value : 1e6)) } } };
  expect(saved(await run({ table: other, range: { from: 0, to: 80 } }))).toEqual(saved(await run({ table, range: { from: 0, to: 80 } })));
});

test('no tensor is left behind but the model', async () => {
  const parent = (await run({ pipeline: pipelineWith({ optimizer: 'momentum' }) })).learner;
  for (const optimizer of ['adam', 'sgd', 'momentum', 'rmsprop', 'adagrad'] as const) {
    const before = tf.memory().numTensors;
    const { learner } = await run({ pipeline: pipelineWith({ optimizer }), parent });
    expect(tf.memory().numTensors - before).toBe(learner.model.weights.length);
    learner.model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
});

test('progress is reported up to the last step', async () => {
  const seen: TrainingProgress[] = [];
  const { steps } = await run({ onProgress: (progress) => seen.push(progress) });
  expect(seen.at(-1)).toMatchObject({ epoch: 2, epochs: 2, step: steps, steps: 14, secondsLeft: 0 });
  expect(seen.at(-1)!.loss).toBeGreaterThan(0);
  expect(seen.at(-1)!.rowsPerSecond).toBeGreaterThan(0);
});

test('other work gets its turn while a training runs', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 20);
  await run({ pipeline: pipelineWith({ scratchEpochs: 200 }), table: stream(200) });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});

test('a cancelled training hands over a checkpoint, throws the reason, and leaves no tensor behind', async () => {
  const before = tf.memory().numTensors;
  const controller = new AbortController();
  const kept: { bytes: Uint8Array; step: number }[] = [];
  const pipeline = pipelineWith({ scratchEpochs: 2000 });
  const cancelled = run({ pipeline, signal: controller.signal, checkpoint: { save: (bytes, step) => void kept.push({ bytes, step }) } });
  void setTimeout(100).then(() => controller.abort(new Error('the worker shuts down')));
  await expect(cancelled).rejects.toThrow('the worker shuts down');
  expect(kept).toHaveLength(1);
  expect(kept[0]!.step).toBeGreaterThan(0);
  expect(tf.memory().numTensors).toBe(before);
});

test('a loss that is no number ends the training, naming step, rate and cure', async () => {
  const before = tf.memory().numTensors;
  const diverging = run({ pipeline: pipelineWith({ optimizer: 'sgd', rate: 10, scratchEpochs: 500 }, { mlp: [64, 64, 64, 64] }), table: stream(100) });
  await expect(diverging).rejects.toThrow(TrainingDiverged);
  await expect(diverging).rejects.toThrow(/the loss is (NaN|Infinity) at step \d+ of 3500 with learning.rate 10; lower the rate \(try 1\)/);
  expect(tf.memory().numTensors).toBe(before);
});

test.each<[string, string, Partial<Strategy>]>([
  ['the optimizer', 'hidden1/kernel/v', { gradients: (_, gradients) => Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, gradient.mul(1e30)])) }],
  ['the strategy', 'mean', { end: ({ state }) => void state.set('mean', tf.tidy(() => tf.scalar(NaN).variable(false))) }],
])('numbers that %s carries on and that are none end the training, though its loss is one', async (_, name, members) => {
  registerStrategy(strategy('overflowing', z.strictObject({}), () => ({ loss: ({ logits, batch, crossEntropy }) => crossEntropy(logits(batch.x), batch.y), ...members })));
  const before = tf.memory().numTensors;
  const diverging = run({ pipeline: pipelineWith({ strategy: 'overflowing', scratchEpochs: 1 }) });
  await expect(diverging).rejects.toThrow(TrainingDiverged);
  await expect(diverging).rejects.toThrow(`${name} is not finite after 7 steps with learning.rate 0.01; lower the rate (try 0.001), or look for extreme values in the columns`);
  expect(tf.memory().numTensors).toBe(before);
});

test('no rows are refused, and so is an unknown strategy or a wrong option of one', async () => {
  await expect(run({ range: { from: 5, to: 5 } })).rejects.toThrow('no rows to train on');
  await expect(run({ pipeline: pipelineWith({ strategy: 'magic' }) })).rejects.toThrow('learning.strategy is magic, which is not known; known are');
  await expect(run({ pipeline: pipelineWith({ strategy: { name: 'replay', memory: 0 } }) })).rejects.toThrow(InvalidInput);
});

describe('a checkpoint', () => {
  let bytes: Uint8Array;
  beforeAll(async () => {
    await run({ checkpoint: { steps: 9, save: (kept) => void (bytes = kept) } });
  });

  test('of another training is refused', async () => {
    await expect(run({ resume: bytes, pipeline: pipelineWith({ rate: 0.02 }) })).rejects.toThrow('belongs to a training with other rows, settings or parent');
    await expect(run({ resume: bytes, table: stream(100, 2) })).rejects.toThrow(CorruptArtifact);
  });

  test('is never carried on by another backend', async () => {
    await expect(run({ resume: bytes, backend: { ...backend, name: 'js' } })).rejects.toThrow(BackendUnavailable);
  });

  test('that is carried on under other conditions makes the result one that cannot be reproduced', async () => {
    expect((await run({ resume: bytes })).reproducible).toBe(true);
    let later: Uint8Array | undefined;
    const elsewhere = { ...backend, threads: 99 };
    expect((await run({ resume: bytes, backend: elsewhere, checkpoint: { steps: 12, save: (kept) => void (later = kept) } })).reproducible).toBe(false);
    expect((await run({ resume: later!, backend: elsewhere })).reproducible).toBe(false);
  });
});
