import { z } from 'zod';
import type { BackendFacts, PipelineInput } from '../../contracts';
import { crossEntropy, loadBackend, registerStrategy, saveModel, strategy, train, type Learner, type TrainingResult } from '../../learning';
import { readWeights } from '../../learning/learner';
import { bits, pipelineWith, stream } from './tables';

let backend: BackendFacts;
beforeAll(async () => {
  backend = await loadBackend(['native'], { convolution: false });
  registerStrategy(strategy('reads-number', z.strictObject({}), () => ({ loss: ({ logits, batch, number }) => crossEntropy(logits(batch.x), batch.y).mul(number >= 0 ? 1 : 2) })));
});

const run = (learning: PipelineInput['learning'], parent: Learner | null = null, more: object = {}): Promise<TrainingResult> =>
  train({ pipeline: pipelineWith({ strategy: 'fine-tune', ...learning }), table: stream(64), parent, backend, ...more });

test('the rate grows in even steps from 0, and is then what it was', async () => {
  const parent = (await run({})).learner;
  const whole = { optimizer: 'sgd' as const, batch: 64 };
  const warmed = await run({ ...whole, epochs: 4, rate: 0.3, warmup: 3 }, parent);
  // All rows in one batch: the steps are those of gradient descent at 0, .1, .2 and .3.
  let by = parent;
  for (const rate of [0.1, 0.2, 0.3]) by = (await run({ ...whole, epochs: 1, rate }, by)).learner;
  const [a, b] = [readWeights(warmed.learner.model), readWeights(by.model)];
  for (const [name, { values }] of Object.entries(a)) values.forEach((value, i) => expect(value).toBeCloseTo(b[name]!.values[i]!, 5));
});

test.each(['adam', 'sgd', 'momentum', 'rmsprop', 'adagrad'] as const)('with %s a compiled training warms up like an eager one, and goes on from a checkpoint like one that was not interrupted', async (optimizer) => {
  jest.spyOn(console, 'warn').mockImplementation();
  const learning = { optimizer, scratchEpochs: 40, warmup: 50 };
  const kept = new Map<number, Uint8Array>();
  const graph = await run(learning, null, { checkpoint: { steps: 1, save: (bytes: Uint8Array, step: number) => void kept.set(step, bytes) } });
  const eager = await run({ ...learning, strategy: 'reads-number' });
  expect([graph.form, eager.form]).toEqual(['graph', 'eager']);
  expect(bits(saveModel(eager.learner))).toEqual(bits(saveModel(graph.learner)));
  for (const step of [20, 90]) expect(bits(saveModel((await run(learning, null, { resume: kept.get(step)! })).learner))).toEqual(bits(saveModel(graph.learner)));
  jest.restoreAllMocks();
});
