import { registerStrategy, strategyNamed } from '../../../learning';
import { initial, learned, tasks } from './regularisers';
import { expectWeights, memoryOf } from './rehearsal';

const [first, second, third] = tasks as [(typeof tasks)[0], (typeof tasks)[0], (typeof tasks)[0]];

test.each([['replay', false], ['replay heads', true]] as const)('old and new rows are one batch (%s)', async (name, heads) => {
  const one = await learned(await initial({ heads }), first, { name: 'replay', memory: 12 });
  expectWeights([one, await learned(one, second, { name: 'replay', memory: 12 })], name);
});

test("in the lineage's t-th training new rows can count 1/t; private rows never come back", async () => {
  const strategy = { name: 'replay', memory: 12, balance: 'trainings' };
  const one = await learned(await initial(), first, strategy);
  const two = await learned(one, { ...second, private: new Uint8Array(12).fill(1) }, strategy);
  const three = await learned(two, { ...third, private: new Uint8Array(12).fill(1) }, strategy);
  expectWeights([one, two, three], 'replay trainings');
  expect(three.strategy!.memory).toEqual(one.strategy!.memory);
  expect([...three.strategy!.tensors.trainings!.values]).toEqual([3]);
});

test('new and old rows can take turns', async () => {
  const strategy = { name: 'replay', memory: 12, balance: 'turns' };
  const one = await learned(await initial(), first, strategy);
  const two = await learned(one, second, strategy);
  expectWeights([one, two], 'replay turns');
  expect(two.steps).toBe(20);
});

test('trainings of another strategy count as one', async () => {
  const before = await learned(await learned(await initial(), first, 'replay'), second, 'replay');
  const after = await learned(before, third, { name: 'replay', balance: 'trainings' });
  expect([...after.strategy!.tensors.trainings!.values]).toEqual([2]);
});

test.each(['end', 'stream'] as const)('rows come into the memory once, at the %s', async (insert) => {
  const learner = await learned(await initial(), first, { name: 'replay', memory: 30, insert });
  expect(memoryOf(learner).y.sort()).toEqual([...first.y].sort());
});

test('a batch can be visited several times in a row, and comes into the memory once', async () => {
  // A pass of 12 rows: 3 batches of 4, each twice.
  const seen: number[][] = [];
  const { loss, ...rest } = strategyNamed('replay', { repeats: 2, insert: 'stream', memory: 12 });
  registerStrategy({ name: 'watched', make: () => ({ ...rest, loss: (step) => (seen.push([...step.batch.y.dataSync(), step.past?.y.shape[0] ?? 0]), loss(step)) }) });
  const learner = await learned(await initial(), { ...first, y: Int32Array.from([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]) }, 'watched', { batch: 4, epochs: 1 });
  expect(learner.steps).toBe(6);
  for (const [once, again] of [[0, 1], [2, 3], [4, 5]] as const) expect(seen[again]!.slice(0, 4)).toEqual(seen[once]!.slice(0, 4));
  expect(new Set(seen.map((batch) => batch.slice(0, 4).join())).size).toBeGreaterThan(1);
  // The first batch has no past until it has been taken in at its second visit.
  expect(seen.map((batch) => batch[4])).toEqual([0, 0, 4, 4, 4, 4]);
  expect(memoryOf(learner).y.sort()).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
});

test.each([
  [{ memory: 0 }, 'memory is 0'],
  [{ sampling: 'random' }, 'sampling is "random"'],
  [{ sampling: 'gss-greedy', insert: 'end' }, 'insert is "end": gss-greedy judges rows as they come; leave insert out'],
  [{ balance: 'mixed' }, 'balance is "mixed"'],
  [{ repeats: 1.5 }, 'repeats is 1.5'],
])('%j is refused', (options, message) => {
  expect(() => strategyNamed('replay', options)).toThrow(message);
});
