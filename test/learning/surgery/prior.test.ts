import * as tf from '@tensorflow/tfjs';
import { checkSurgery, extendFeatures, fitFeatures, labels, loadBackend, operate, predict, Random, type Learner } from '../../../learning';
import type { Table } from '../../../contracts';
import { headOf } from '../../../learning/models';
import { newBiases } from '../../../learning/surgery/prior';
import { categories, numbers, tableOf } from '../tables';
import { champion, championOf, modelSpec, rowsOf, spec, type World } from './networks';

beforeAll(() => loadBackend(['native'], { convolution: false }));

const known: World = { numbers: ['a', 'b', 'c'], categories: {}, classes: ['0', '1', '2'] };
const model = { mlp: [8] };

/** A champion that is sure of most rows, of some more than of others. */
async function sure(seed: number): Promise<Learner> {
  const { learner } = await championOf(known, model, seed);
  const { kernel } = headOf(learner.model);
  tf.tidy(() => kernel.assign(kernel.mul(12)));
  return learner;
}

/** The mean probability of each class over the rows. */
function meanProbabilities({ model: network, features }: Learner, table: Table): number[] {
  const means = features.classes.map(() => 0);
  predict(network, features, table).probabilities.forEach((p, i) => (means[i % means.length]! += p / table.rows));
  return means;
}

test.each([1, 2, 3])('new classes begin with their shares of the rows, however sure the champion is (seed %i)', async (seed) => {
  const champion = await sure(seed);
  const later = rowsOf({ ...known, classes: [...known.classes, '3', '4'] }, seed + 10, 400);
  const features = extendFeatures(champion.features, spec, later);
  const patient = await operate({ champion, model: modelSpec(model), features, rows: { table: later }, seed });
  const means = meanProbabilities(patient, later);
  for (const label of [3, 4]) expect(means[label]).toBeCloseTo((labels(features, later).filter((y) => y === label).length + 1) / (later.rows + 5), 3);
});

test('what the champion decides stays decided, but for about the share of the new class', async () => {
  const champion = await sure(4);
  const later = rowsOf({ ...known, classes: [...known.classes, '3'] }, 14, 400);
  const features = extendFeatures(champion.features, spec, later);
  const patient = await operate({ champion, model: modelSpec(model), features, rows: { table: later }, seed: 4 });
  expect(checkSurgery(champion, patient, later).agreement).toBeGreaterThan(0.6);
});

test('a period of new classes alone leaves the old ones half of the probability', async () => {
  const champion = await sure(6);
  const later = rowsOf({ ...known, classes: ['3', '4'] }, 16, 200);
  const features = extendFeatures(champion.features, spec, later);
  const patient = await operate({ champion, model: modelSpec(model), features, rows: { table: later }, seed: 6 });
  const [, , , third, fourth] = meanProbabilities(patient, later);
  expect(third! + fourth!).toBeCloseTo(0.5, 3);
});

test('without rows a new class is like the others, whose biases stand for their logits', async () => {
  const champion = await sure(5);
  const features = extendFeatures(champion.features, spec, rowsOf({ ...known, classes: [...known.classes, '3'] }, 15));
  const biases = headOf(champion.model).bias.dataSync<'float32'>();
  const [found] = newBiases(champion, features, undefined, biases);
  expect(found).toBeCloseTo(Math.log(biases.reduce((sum, bias) => sum + Math.exp(bias), 0) / 3), 5);
});

test('where classes compete within heads, the rows of other heads have no say about a new one', async () => {
  const rows = 300;
  const random = new Random(7, 'heads');
  const x = Array.from({ length: rows }, () => random.uniform());
  // A tenth of the rows are of the head that gets the class e; the champion's logits for it are low on all others.
  const head = x.map((_, i) => (i % 10 === 0 ? 'B' : 'A'));
  const table = (classesOf: Record<string, string[]>): Table =>
    tableOf({ x: numbers(x.map((value, i) => value + (head[i] === 'B' ? 5 : 0))), head: categories(head), label: categories(head.map((name, i) => classesOf[name]![Math.floor(i / 10) % classesOf[name]!.length]!)) });
  const headed = { ...spec, head: 'head' };
  const before = table({ A: ['a', 'b'], B: ['c', 'd'] });
  const old = await champion(modelSpec(model), fitFeatures(headed, before), 7);
  const { kernel } = headOf(old.model);
  tf.tidy(() => kernel.assign(kernel.mul(12)));
  const later = table({ A: ['a', 'b'], B: ['c', 'd', 'e'] });
  const features = extendFeatures(old.features, headed, later);
  const patient = await operate({ champion: old, model: modelSpec(model), features, rows: { table: later }, seed: 7 });
  const e = features.classes.indexOf('e');
  const said = predict(patient.model, features, later).probabilities;
  const own = head.flatMap((name, row) => (name === 'B' ? [said[row * features.classes.length + e]!] : []));
  expect(own.reduce((sum, p) => sum + p, 0) / own.length).toBeCloseTo((10 + 1) / (30 + 3), 3);
});
