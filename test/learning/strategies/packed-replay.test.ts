import * as tf from '@tensorflow/tfjs';
import { crossEntropy, saveModel, strategyNamed, type Learner, type Step } from '../../../learning';
import { bytesOf, unpack } from '../../../learning/memory';
import { initial, learned, tasks } from './regularisers';

const [first, second] = tasks as [(typeof tasks)[0], (typeof tasks)[0]];
const weights = (learner: Learner): Buffer => Buffer.from(saveModel(learner)['weights.bin']!);

test('the loss is the mean cross-entropy of new and old rows, and alpha times the mean square of how far the old logits moved', async () => {
  await initial();
  const rows = { x: tf.tensor2d([[0], [1]]), y: tf.tensor1d([0, 1], 'int32') };
  // Each row's logits are (0, log 3) whatever the row is: the chances are 1/4 and 3/4.
  const logits = (x: tf.Tensor): tf.Tensor2D => tf.tile(tf.tensor2d([[0, Math.log(3)]]), [x.shape[0]!, 1]);
  const kept = tf.tensor2d([[1, Math.log(3)], [0, NaN]]);
  const loss = (past: object | null): number => strategyNamed('packed-replay', { alpha: 0.5 }).loss({ logits, batch: rows, past, crossEntropy } as unknown as Step).dataSync()[0]!;
  const entropy = (Math.log(4) + Math.log(4 / 3)) / 2;
  expect(loss(null)).toBeCloseTo(entropy, 6);
  // One of four numbers is known and differs, by 1.
  expect(loss({ ...rows, kept: { logits: kept } })).toBeCloseTo(entropy + 0.5 / 4, 6);
});

test('what it carries keeps to its bytes, to the last one, and its rows come back as they were', async () => {
  const learner = await learned(await initial(), first, { name: 'packed-replay', bytes: 1000 });
  expect(bytesOf(learner.strategy!.memory!)).toBeLessThanOrEqual(1000);
  const { values, shape } = unpack('x', learner.strategy!.memory!)!;
  expect(shape[0]).toBeGreaterThan(0);
  for (let row = 0; row < shape[0]!; row++) {
    const kept = values.subarray(row * 3, row * 3 + 3);
    expect(Array.from({ length: first.y.length }, (_, i) => first.encoded.subarray(i * 3, i * 3 + 3)).some((x) => Buffer.from(x.slice().buffer).equals(Buffer.from(kept.slice().buffer)))).toBe(true);
  }
});

test('without weight for the logits it takes the steps of class-balanced replay, and ends with an average of them', async () => {
  const [packed, plain] = await Promise.all([{ name: 'packed-replay', alpha: 0 }, { name: 'replay', memory: 1000, sampling: 'class-balanced' }].map(async (strategy) => learned(await initial(), first, strategy)));
  expect(packed!.optimizer).toEqual(plain!.optimizer);
  expect(weights(packed!)).not.toEqual(weights(plain!));
});

test('the late steps count most in the average: step n of N as n (n + 1) (n + 2), and nothing of it is carried', async () => {
  await initial();
  const { begin, after, end } = strategyNamed('packed-replay');
  const weight = tf.variable(tf.tensor1d([0, 0]), true, 'averaged/weight');
  const session = { weights: { weight }, state: new Map<string, tf.Variable>() } as unknown as Step;
  const path = [[1, -5], [2, 0], [4, 7], [-3, 2]];
  await begin!(session);
  for (const value of path) tf.tidy(() => {
    weight.assign(tf.tensor1d(value));
    after!(session, {});
  });
  await end!(session);
  const shares = path.map((_, i) => (i + 1) * (i + 2) * (i + 3));
  const total = shares.reduce((a, b) => a + b);
  [0, 1].forEach((i) => expect(weight.dataSync()[i]).toBeCloseTo(path.reduce((sum, value, n) => sum + (value[i]! * shares[n]!) / total, 0), 5));
  expect(session.state.size).toBe(0);
  weight.dispose();
});

test('it takes over the memory of plain replay, whose logits it does not know', async () => {
  const replayed = await learned(await initial(), first, { name: 'replay', memory: 12 });
  const learner = await learned(replayed, second, { name: 'packed-replay' });
  expect(learner.model.getWeights().every((weight) => [...weight.dataSync()].every(Number.isFinite))).toBe(true);
});

test('each batch can be gone through several times: as many steps more, and every row is kept once', async () => {
  const once = await learned(await initial(), first, { name: 'packed-replay' });
  const thrice = await learned(await initial(), first, { name: 'packed-replay', repeats: 3 });
  expect(thrice.steps).toBe(3 * once.steps);
  expect(unpack('x', thrice.strategy!.memory!)!.shape).toEqual(unpack('x', once.strategy!.memory!)!.shape);
});
