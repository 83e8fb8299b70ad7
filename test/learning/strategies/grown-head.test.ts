import * as tf from '@tensorflow/tfjs';
import { buildModel, type Learner, type NamedArrays } from '../../../learning';
import { readWeights } from '../../../learning/learner';
import { learned, lineage, setWeights, tasks } from './regularisers';

type Strategy = Parameters<typeof learned>[2];

/** Columns of zeros for one more class, as a surgery pads the head and what belongs to it. */
function padded(arrays: NamedArrays): NamedArrays {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => {
    if (!/(^|\/)logits\//.test(name)) return [name, array];
    const [classes, values] = [array.shape.at(-1)!, [...array.values]];
    const rows = Array.from({ length: values.length / classes }, (_, row) => [...values.slice(row * classes, (row + 1) * classes), 0]);
    return [name, { shape: [...array.shape.slice(0, -1), classes + 1], values: Float32Array.from(rows.flat()) }];
  }));
}

/** The learner with a fifth class that it has seen no row of. */
async function grown(learner: Learner): Promise<Learner> {
  const model = await buildModel({ mlp: [4], activation: 'relu', dropout: 0 }, { width: 3, classes: 5 }, 1);
  setWeights(model, Object.fromEntries(Object.entries(padded(readWeights(learner.model))).map(([name, { values }]) => [name, [...values]])));
  return {
    ...learner,
    model,
    features: { ...learner.features, classes: [...learner.features.classes, '4'] },
    seen: [...learner.seen, 0],
    strategy: learner.strategy && { ...learner.strategy, tensors: padded(learner.strategy.tensors) },
  };
}

/** Rows of the third task, a third of them of the new class. */
const rows = { encoded: tasks[2]!.encoded, y: tasks[2]!.y.map((label, i) => (i % 3 === 0 ? 4 : label)) };

/** What a model says of the first four classes, among themselves: float32 [12, 4]. */
const said = ({ model }: Learner): Float32Array =>
  tf.tidy(() => (model.predict(tf.tensor(rows.encoded, [12, 3])) as tf.Tensor2D).slice([0, 0], [-1, 4]).softmax().dataSync<'float32'>().slice());

/** How far a training that brings the new class changes what is said of the others, and the new class's bias. */
async function change(strategy: Strategy): Promise<{ known: number; fresh: number; learner: Learner }> {
  const parent = await grown((await lineage(strategy))[1]!);
  const learner = await learned(parent, rows, strategy);
  const before = said(parent);
  const known = said(learner).reduce((sum, value, i) => sum + Math.abs(value - before[i]!), 0);
  return { known, fresh: Math.abs(readWeights(learner.model)['logits/bias']!.values[4]!), learner };
}

test.each<[string, Strategy]>([
  ['ewc', { name: 'ewc', importance: 10 }],
  ['online ewc', { name: 'ewc', importance: 10, online: true }],
  ['si', { name: 'si', strength: 5 }],
  ['l2-sp', { name: 'l2-sp', strength: 1 }],
  ['lwf', { name: 'lwf', importance: 2 }],
])('%s keeps what it knows where the head has grown, and lets the new class be learned', async (_, strategy) => {
  const [held, free] = [await change(strategy), await change('fine-tune')];
  expect(held.known / free.known).toBeLessThan(0.8);
  expect(held.fresh).toBeGreaterThan(0.05);
  for (const [name, { shape }] of Object.entries(held.learner.strategy?.tensors ?? {})) if (name.endsWith('logits/kernel')) expect([name, shape]).toEqual([name, [4, 5]]);
});

test.each<[string, Strategy]>([['ewc', { name: 'ewc', importance: 10 }], ['si', { name: 'si', strength: 5 }]])('%s does not hold the weights of a class that it has not seen', async (_, strategy) => {
  const [held, free] = [await change(strategy), await change('fine-tune')];
  expect(held.fresh / free.fresh).toBeGreaterThan(0.8);
});
