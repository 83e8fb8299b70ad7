import * as tf from '@tensorflow/tfjs';
import { buildModel, strategyNamed, type Session } from '../../../learning';
import { weightsOf } from '../../../learning/models';
import { Random } from '../../../learning/random';
import { expectClose, initial, learned, tasks } from './regularisers';

/** What `begin` makes of a model of 20 inputs, 300 hidden units and 3 classes whose weights are all 1. */
async function begun(options: object, { seen = [5, 5, 5], seed = 1 } = {}): Promise<Record<string, Float32Array>> {
  const model = await buildModel({ mlp: [300], activation: 'relu', dropout: 0 }, { width: 20, classes: 3 }, 1);
  const weights = Object.fromEntries(weightsOf(model).map(({ name, variable }) => [name, variable]));
  tf.tidy(() => Object.values(weights).forEach((weight) => weight.assign(tf.onesLike(weight))));
  const session: Partial<Session> = { model, weights, seen, random: (purpose) => new Random(seed, purpose) };
  await strategyNamed('shrink-and-perturb', options as Record<string, unknown>).begin!(session as Session);
  const found = Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, weight.dataSync<'float32'>().slice()]));
  model.dispose();
  return found;
}

const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const sd = (values: Float32Array): number => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

test('all weights shrink', async () => {
  for (const values of Object.values(await begun({ shrink: 0.6, perturb: 0 }))) expect(new Set(values)).toEqual(new Set([Math.fround(0.6)]));
});

test('what is added is a new initialisation: uniform and as wide as the layer asks for', async () => {
  const found = await begun({ shrink: 0.5, perturb: 0.1 });
  // He et al. 2015: ±√(6 / inputs); Glorot & Bengio 2010: ±√(6 / (inputs + outputs)).
  for (const [name, limit] of [['hidden1/kernel', Math.sqrt(6 / 20)], ['logits/kernel', Math.sqrt(6 / 303)]] as const) {
    const noise = found[name]!.map((value) => (value - 0.5) / 0.1);
    expect(Math.max(...noise.map(Math.abs))).toBeLessThan(limit * 1.0001);
    expect(sd(noise) / (limit / Math.sqrt(3))).toBeGreaterThan(0.93);
    expect(sd(noise) / (limit / Math.sqrt(3))).toBeLessThan(1.07);
    expect(Math.abs(mean(noise)) / limit).toBeLessThan(0.06);
  }
  expect(new Set(found['hidden1/bias'])).toEqual(new Set([0.5]));
});

test('each training draws other weights, and the same ones again when it is repeated', async () => {
  const [one, same, other] = [await begun({}), await begun({}), await begun({}, { seed: 2 })];
  expect(same).toEqual(one);
  expect(other['hidden1/kernel']).not.toEqual(one['hidden1/kernel']);
});

test('a model that has learned nothing yet stays as it is', async () => {
  for (const values of Object.values(await begun({}, { seen: [0, 0, 0] }))) expect(new Set(values)).toEqual(new Set([1]));
});

test('it leaves no tensor behind, and then learns from the new rows alone', async () => {
  const champion = await learned(await initial(), tasks[0]!, 'fine-tune');
  const before = tf.memory().numTensors;
  const shrunk = await learned(champion, tasks[1]!, { name: 'shrink-and-perturb', shrink: 1, perturb: 0 });
  const tuned = await learned(champion, tasks[1]!, 'fine-tune');
  for (const [i, { variable }] of weightsOf(shrunk.model).entries()) expectClose(variable.dataSync<'float32'>(), weightsOf(tuned.model)[i]!.variable.dataSync<'float32'>(), `weight ${i}`);
  shrunk.model.dispose();
  tuned.model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('it begins with a new optimizer: the old moments are not of these weights', async () => {
  const adam = { optimizer: 'adam', rate: 0.05 } as const;
  const champion = await learned(await initial(), tasks[0]!, 'fine-tune', adam);
  const weights = async (parent: typeof champion, strategy: Parameters<typeof learned>[2]): Promise<number[]> =>
    (await learned(parent, tasks[1]!, strategy, adam)).model.getWeights().flatMap((weight) => [...weight.dataSync()]);
  const shrunk = await weights(champion, { name: 'shrink-and-perturb', shrink: 1, perturb: 0 });
  expect(shrunk).toEqual(await weights({ ...champion, optimizer: null }, 'fine-tune'));
  expect(shrunk).not.toEqual(await weights(champion, 'fine-tune'));
});
