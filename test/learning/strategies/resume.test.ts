import * as tf from '@tensorflow/tfjs';
import type { BackendFacts } from '../../../contracts';
import { loadBackend, saveModel, strategyNamed, strategyNames, train, type Learner, type TrainingResult } from '../../../learning';
import { bits, pipelineWith, stream } from '../tables';

/** Options that suit 70 rows; a strategy that is not named here has its defaults. */
const options: Record<string, Record<string, unknown>> = {
  'replay': { memory: 40 },
  'packed-replay': { bytes: 2000 },
  'ewc': { importance: 10 },
  'lwf': { balance: 'trainings' },
};

let backend: BackendFacts;
beforeAll(async () => {
  backend = await loadBackend(['native'], { convolution: false });
});

interface Conduct {
  resume?: Uint8Array;
  facts?: BackendFacts;
}

/** A training of 160 steps, 32 epochs of 5, the last of each smaller; kept is its checkpoint after step 77. */
async function training(name: string, parent: Learner | null, { resume, facts = backend }: Conduct = {}): Promise<TrainingResult & { kept?: Uint8Array }> {
  let kept: Uint8Array | undefined;
  const result = await train({
    pipeline: pipelineWith({ strategy: { name, ...options[name] }, epochs: 32, scratchEpochs: parent ? 32 : 4 }),
    table: stream(70, parent ? 2 : 1, parent ? 1 : 0),
    parent,
    backend: facts,
    resume: resume ?? null,
    checkpoint: { steps: 77, save: (bytes, step) => void (step === 77 && (kept = bytes)) },
  });
  return { ...result, ...(kept ? { kept } : {}) };
}

const filesOf = ({ learner }: TrainingResult): Record<string, string> => bits(saveModel(learner));

test.each(strategyNames())('%s: a second training ends with the same bits interrupted or not, as a graph or op by op, and leaves no tensor behind', async (name) => {
  const before = tf.memory().numTensors;
  const warned = jest.spyOn(console, 'warn').mockImplementation();
  const first = await training(name, null);
  const whole = await training(name, first.learner);
  const runs = [first, whole];
  if (strategyNamed(name, options[name]).stepless) {
    expect(whole.steps).toBe(0);
  } else {
    expect(whole.form).toBe('graph');
    const resumed = await training(name, first.learner, { resume: whole.kept! });
    expect(filesOf(resumed)).toEqual(filesOf(whole));
    expect(resumed).toMatchObject({ loss: whole.loss, rowsTouched: whole.rowsTouched, reproducible: true });
    runs.push(resumed);
  }
  const eager = await training(name, first.learner, { facts: { ...backend, name: 'wasm' } });
  expect(eager.form).toBe('eager');
  expect(filesOf(eager)).toEqual(filesOf(whole));
  runs.push(eager);
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
  runs.forEach(({ learner }) => learner.model.dispose());
  expect(tf.memory().numTensors).toBe(before);
});
