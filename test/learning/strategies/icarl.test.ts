import * as tf from '@tensorflow/tfjs';
import { loadModel, predict, saveModel, type Learner } from '../../../learning';
import { readWeights } from '../../../learning/learner';
import { herd } from '../../../learning/strategies/herding';
import { likeliestScale } from '../../../learning/strategies/nearest-mean';
import { numbers, tableOf } from '../tables';
import { expectClose, initial, learned, tasks } from './regularisers';
import { memoryOf, reference } from './rehearsal';

const [first, second] = tasks as [(typeof tasks)[0], (typeof tasks)[0]];
const strategy = { name: 'icarl', memory: 48 };

let learners: Learner[];
beforeAll(async () => {
  const one = await learned(await initial(), first, strategy);
  learners = [one, await learned(one, second, strategy)];
});

test('features are learned by a binary classifier for each class so far, old ones with the previous answers as targets, but for new rows of a class that comes again', () => {
  learners.forEach(({ model, strategy: carried }, i) => {
    const { weights } = reference.icarl[i]!;
    const found = { ...readWeights(model), ...Object.fromEntries(Object.entries(carried!.tensors).map(([name, array]) => [name.replace(/^head\//, ''), array])) };
    for (const [name, values] of Object.entries(weights)) expectClose(found[name]!.values, values, `${name} after training ${i + 1}`);
  });
});

test('the head holds the means of the exemplars, scaled', () => {
  learners.forEach(({ model }, i) => {
    const { means, scale } = reference.icarl[i]!;
    const { 'logits/kernel': kernel, 'logits/bias': bias } = readWeights(model);
    expectClose(kernel!.values.map((value) => value / scale), means, `means after training ${i + 1}`);
    if (i === 0) bias!.values.subarray(2).forEach((value) => expect(value).toBeCloseTo(-scale - 20, 3));
    expect([...bias!.values.subarray(0, i === 0 ? 2 : 4)]).toEqual(i === 0 ? [0, 0] : [0, 0, 0, 0]);
  });
});

test('any client that runs the model decides by the nearest mean', async () => {
  for (const [i, learner] of learners.entries()) {
    const { rows, nearest } = reference.icarl[i]!;
    const { model, features } = await loadModel(saveModel(learner));
    const found = tf.tidy(() => (model.predict(tf.tensor(rows, [nearest.length, 3])) as tf.Tensor).argMax(1).dataSync());
    // A row whose features are all 0 is as far from every mean.
    const hidden = tf.tidy(() => tf.tensor(rows, [nearest.length, 3]).matMul(model.layers[1]!.getWeights()[0]!).add(model.layers[1]!.getWeights()[1]!).relu().sum(1).dataSync());
    nearest.forEach((label, row) => hidden[row]! > 0 && expect([i, row, found[row]]).toEqual([i, row, label]));
    expect(predict(model, features, tableOf({ a: numbers([0]), b: numbers([0]), c: numbers([0]) })).predictions).toHaveLength(1);
    model.dispose();
  }
});

test('a training goes on from the trained head, not from the means', async () => {
  const [one] = learners;
  const still = await learned(one!, second, strategy, { rate: 1e-9 });
  expectClose(still.strategy!.tensors['head/logits/kernel']!.values, reference.icarl[0]!.weights['logits/kernel'], 'head');
});

test('herding takes the rows whose mean stays closest to the mean of all', async () => {
  const { features, chosen } = reference.herding;
  const ranks = await herd(Float32Array.from(features), 3, chosen.length);
  expect(chosen.map((row) => ranks[row])).toEqual(chosen.map((_, i) => i));
  const some = await herd(Float32Array.from(features), 3, 4);
  expect(chosen.map((row) => some[row])).toEqual(chosen.map((_, i) => (i < 4 ? i : Infinity)));
});

test('each class keeps its first exemplars when others come', async () => {
  const small = { name: 'icarl', memory: 6 };
  const one = await learned(await initial(), first, small);
  expect(memoryOf(one).y.sort()).toEqual([0, 0, 0, 1, 1, 1]);
  const ranks = (learner: Learner, label: number): number[] => memoryOf(learner).y.flatMap((y, place) => (y === label ? [learner.strategy!.memory!['kept/rank']!.values[place]!] : [])).sort();
  expect([ranks(one, 0), ranks(one, 1)]).toEqual([[0, 1, 2], [0, 1, 2]]);
  const two = await learned(one, { encoded: second.encoded, y: second.y.map((label) => (label === 0 ? 2 : label)) }, small);
  expect([0, 1, 2, 3].map((label) => ranks(two, label).length).reduce((a, b) => a + b)).toBe(6);
  for (const label of [0, 1, 2, 3]) expect(ranks(two, label)[0]).toBe(0);
});

test('the scale is finite for rows that fit perfectly, and lower for rows that do not', () => {
  const all = () => [0, 1];
  const perfect = likeliestScale([[1, 0], [0, 1]], [0, 1], [1, 1], all);
  // Two of three: softmax(scale · [1, 0]) = [2/3, 1/3].
  expect(perfect).toBeCloseTo(Math.log(2), 4);
  expect(likeliestScale([[1, 0], [0, 1], [1, 0]], [0, 1, 1], [1, 2], all)).toBeLessThan(perfect);
});

test('a class whose rows are all private is never chosen, and is not lost to a strategy that goes on', async () => {
  const learner = await learned(await initial(), { ...first, private: Uint8Array.from(first.y, (label) => label) }, strategy);
  const [known, ...others] = readWeights(learner.model)['logits/bias']!.values;
  expect(known).toBe(0);
  for (const bias of others) {
    expect(bias).toBeLessThanOrEqual(-20);
    expect(bias).toBeGreaterThan(-1000);
  }
});

test('exemplars are chosen among the rows that may be kept', async () => {
  // All but three rows of each class are private; two of each are the chosen ones.
  const allowed = (label: number): number[] => [...first.y.keys()].filter((row) => first.y[row] === label).slice(-3);
  const mine = Uint8Array.from(first.y.keys(), (row) => (allowed(first.y[row]!).includes(row) ? 0 : 1));
  const learner = await learned(await initial(), { ...first, private: mine }, { name: 'icarl', memory: 4 });
  expect([...learner.strategy!.memory!['kept/rank']!.values].sort()).toEqual([0, 0, 1, 1]);
});
