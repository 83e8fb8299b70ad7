import { z } from 'zod';
import type { BackendFacts, PipelineInput } from '../../contracts';
import { crossEntropy, loadBackend, registerStrategy, readTensors, saveModel, strategy, train, writeTensors } from '../../learning';
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
