import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { BackendFacts, PipelineInput } from '../../contracts';
import { crossEntropy, loadBackend, registerStrategy, saveModel, strategy, train, type Learner, type TrainingResult } from '../../learning';
import { bits, pipelineWith, stream } from './tables';

/** Uses all that a strategy can: the model before, tensors of its own, gradients, both hooks, a generator. */
const everything = strategy('everything', z.strictObject({}), () => ({
  previous: true,
  memory: { rows: 20, sampling: 'class-balanced' },
  begin: ({ state, model }) => {
    if (!state.has('path')) state.set('path', tf.variable(tf.zeros(model.weights[0]!.shape as [number, number])));
  },
  loss: ({ logits, batch, past, previous }) => {
    let loss = crossEntropy(logits(batch.x), batch.y);
    if (past) loss = loss.add(crossEntropy(logits(past.x), past.y));
    if (previous) loss = loss.add(tf.losses.meanSquaredError(previous(batch.x), logits(batch.x)));
    return loss;
  },
  gradients: ({ random }, gradients) => {
    const noise = random('noise').uniform();
    return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, gradient.mul(1 + noise)]));
  },
  after: ({ state }, gradients) => state.get('path')!.assign(state.get('path')!.add(gradients['hidden1/kernel']!.square())),
  end: ({ state }) => tf.tidy(() => state.get('path')!.assign(state.get('path')!.div(2))),
}));

let backend: BackendFacts;
let parent: Learner;
beforeAll(async () => {
  registerStrategy(everything);
  backend = await loadBackend(['native'], { convolution: false });
});

/** Trains 2 epochs of 5 steps, the last step of each smaller, with a checkpoint after every step. */
async function training(learning: PipelineInput['learning'], from: Learner | null, resume?: Uint8Array, model?: PipelineInput['model']): Promise<{ result: TrainingResult; kept: Map<number, Uint8Array> }> {
  const kept = new Map<number, Uint8Array>();
  const result = await train({
    pipeline: pipelineWith(learning, model),
    table: stream(70, 2, 1),
    parent: from,
    backend,
    resume: resume ?? null,
    checkpoint: { steps: 1, save: (bytes, step) => void kept.set(step, bytes) },
  });
  return { result, kept };
}

async function expectSameBits(learning: PipelineInput['learning'], from: Learner | null, model?: PipelineInput['model']): Promise<void> {
  const whole = await training(learning, from, undefined, model);
  for (const step of [1, 4, 5, 8]) {
    const resumed = await training(learning, from, whole.kept.get(step), model);
    expect(Math.min(...resumed.kept.keys())).toBe(step + 1);
    expect(bits(saveModel(resumed.result.learner))).toEqual(bits(saveModel(whole.result.learner)));
    expect(resumed.result).toMatchObject({ loss: whole.result.loss, rowsTouched: whole.result.rowsTouched, reproducible: true });
  }
}

test.each(['adam', 'sgd', 'momentum', 'rmsprop', 'adagrad'] as const)('a training with %s that was interrupted anywhere ends with the same bits', async (optimizer) => {
  parent = (await train({ pipeline: pipelineWith({ optimizer }), table: stream(70), parent: null, backend })).learner;
  await expectSameBits({ optimizer }, null);
  await expectSameBits({ optimizer }, parent);
});

test.each(['stateless', 'fine-tune', 'replay', 'everything'])('a training by %s that was interrupted anywhere ends with the same bits', async (name) => {
  parent = (await train({ pipeline: pipelineWith({ strategy: name }), table: stream(70), parent: null, backend })).learner;
  await expectSameBits({ strategy: name }, parent);
});

test('dropout and batch normalisation are carried on too', async () => {
  await expectSameBits({}, null, { mlp: [8, 8], dropout: 0.4 });
  const layers = [
    { class_name: 'Dense', config: { units: 6, activation: 'relu', batch_input_shape: [null, 10] } },
    { class_name: 'BatchNormalization', config: {} },
    { class_name: 'Dense', config: { units: 2, kernel_regularizer: { class_name: 'L1L2', config: { l1: 0, l2: 0.01 } } } },
  ];
  await expectSameBits({}, null, { layers: { class_name: 'Sequential', config: { layers } } });
});

test('dropout drops other units in each step', async () => {
  const whole = await training({ optimizer: 'sgd', rate: 1e-9, scratchEpochs: 1 }, null, undefined, { mlp: [8], dropout: 0.5 });
  const seed = (step: number): string => Buffer.from(whole.kept.get(step)!).toString('base64');
  expect(seed(1)).not.toBe(seed(2));
  expect(JSON.stringify(whole.result.learner.model.toJSON(null, false))).not.toMatch(/"seed":[1-9]\d*,"name":"dropout/);
});
