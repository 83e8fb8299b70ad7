import type { BackendFacts } from '../../../contracts';
import { loadBackend, registerStrategy, saveModel, strategyNamed, train, type Learner, type Strategy, type TrainingResult } from '../../../learning';
import { bits, pipelineWith, stream } from '../tables';

let backend: BackendFacts;
beforeAll(async () => {
  backend = await loadBackend(['native'], { convolution: false });
});

interface Conduct {
  epochs?: number;
  facts?: BackendFacts;
  resume?: Uint8Array;
  kept?: Map<number, Uint8Array>;
}

/** Epochs of 5 batches, the last of each smaller. */
const training = (strategy: { name: string }, parent: Learner | null, { epochs = 32, facts = backend, resume, kept }: Conduct = {}): Promise<TrainingResult> =>
  train({
    pipeline: pipelineWith({ strategy, epochs, scratchEpochs: epochs }),
    table: stream(70, parent ? 2 : 1, parent ? 1 : 0),
    parent,
    backend: facts,
    resume: resume ?? null,
    ...(kept ? { checkpoint: { steps: 1, save: (bytes, step) => void kept.set(step, bytes) } } : {}),
  });

const filesOf = ({ learner }: TrainingResult): Record<string, string> => bits(saveModel(learner));

test.each<{ name: string } & Record<string, unknown>>([
  { name: 'replay', memory: 40, insert: 'stream' },
  { name: 'replay', memory: 40, insert: 'stream', sampling: 'class-balanced', repeats: 3 },
  { name: 'replay', memory: 40, balance: 'trainings' },
  { name: 'replay', memory: 40, balance: 'turns' },
  { name: 'replay', memory: 40, sampling: 'gss-greedy', balance: 'turns', repeats: 2 },
  { name: 'der', memory: 40, insert: 'stream' },
])('%j ends with the same bits interrupted in mid-stream or not, as a graph or op by op', async (strategy) => {
  const { name, ...options } = strategy;
  const warned = jest.spyOn(console, 'warn').mockImplementation();
  const parent = (await training(strategy, null, { epochs: 4 })).learner;
  const kept = new Map<number, Uint8Array>();
  // 160 steps or a few more: enough to be worth compiling.
  const epochs = Math.ceil(32 / (strategyNamed(name, options).repeats ?? 1));
  const whole = await training(strategy, parent, { epochs, kept });
  expect(whole.form).toBe('graph');
  for (const step of [3, 77]) {
    const resumed = await training(strategy, parent, { epochs, resume: kept.get(step)! });
    expect(filesOf(resumed)).toEqual(filesOf(whole));
    expect(resumed).toMatchObject({ loss: whole.loss, rowsTouched: whole.rowsTouched, reproducible: true });
  }
  const eager = await training(strategy, parent, { epochs, facts: { ...backend, name: 'wasm' } });
  expect(eager.form).toBe('eager');
  expect(filesOf(eager)).toEqual(filesOf(whole));
  expect(eager.rowsTouched).toBe(whole.rowsTouched);
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
});

test('what is kept beside a row is found out when the row comes, and not again', async () => {
  const found: number[] = [];
  const strategy: Strategy = strategyNamed('der', { insert: 'stream' });
  registerStrategy({ name: 'counted', make: () => ({ ...strategy, keep: (step) => (found.push(step.number), strategy.keep!(step)) }) });
  await training({ name: 'counted' }, null, { epochs: 3 });
  expect(found).toEqual([0, 1, 2, 3, 4]);
});

test('rows touched are all rows of all steps, old ones included', async () => {
  const first = await training({ name: 'replay' }, null, { epochs: 2 });
  expect(first.rowsTouched).toBe(2 * 70);
  expect((await training({ name: 'replay' }, first.learner, { epochs: 2 })).rowsTouched).toBe(2 * 2 * 70);
  const twice = { name: 'replay', repeats: 2 };
  expect((await training(twice, first.learner, { epochs: 2 })).rowsTouched).toBe(2 * 2 * 2 * 70);
  expect((await training({ name: 'a-gem', reference: 10 } as { name: string }, first.learner, { epochs: 2 })).rowsTouched).toBe(2 * 70 + 2 * 5 * 10);
});
