import { strategyNamed } from '../../../learning';
import { carriedBytes, expectCarried, expectClose, expectWeights, initial, learned, lineage, parameters, tasks } from './regularisers';

const importance = 2;

test.each(['predicted', 'true', 'expected'] as const)('EWC holds three tasks as the sum of one term a task does, by %s labels', async (labels) => {
  const learners = await lineage({ name: 'ewc', importance, labels });
  expectWeights(learners, `ewc ${labels}`);
  expectCarried(learners, `ewc ${labels}`, 'fisher');
});

test('two numbers a weight stand for any number of tasks', async () => {
  const learners = await lineage({ name: 'ewc', importance });
  expect(learners.map(carriedBytes)).toEqual([1, 2, 3].map(() => 2 * 4 * parameters));
});

test('online EWC holds the last weights by a fading sum, one number a weight', async () => {
  const learners = await lineage({ name: 'ewc', importance, online: true, decay: 0.7 });
  expectWeights(learners, 'ewc online');
  expectCarried(learners, 'ewc online', 'fisher');
  expect(learners.map(carriedBytes)).toEqual([1, 2, 3].map(() => 4 * parameters));
});

test.each([['predicted', 'ewc heads'], ['expected', 'ewc expected heads']] as const)('with heads a row informs about its own head alone, by %s labels', async (labels, name) => {
  const learners = await lineage({ name: 'ewc', importance, labels }, true);
  expectWeights(learners, name);
  expectCarried(learners, name, 'fisher');
});

test('EWC can look at some of the rows', async () => {
  const all = await learned(await initial(), tasks[0]!, { name: 'ewc', labels: 'true' });
  const some = await learned(await initial(), tasks[0]!, { name: 'ewc', labels: 'true', rows: 3 });
  const fisher = (learner: typeof all) => learner.strategy!.tensors['fisher/logits/bias']!.values as Float32Array;
  const differences = Array.from(fisher(some), (value, i) => Math.abs(value - fisher(all)[i]!));
  expect(Math.max(...differences)).toBeGreaterThan(1e-4);
  // Softmax minus one-hot, squared: a mean of numbers below 1, over 3 rows as over 12.
  expect(Math.max(...fisher(some))).toBeLessThan(1);
  const again = await learned(await initial(), tasks[0]!, { name: 'ewc', labels: 'true', rows: 3 });
  expectClose(fisher(again), fisher(some), 'the same rows');
});

test('dropout does not blur what a weight is worth', async () => {
  const still = { rate: 1e-12 };
  const [plain, dropped] = [await initial(), await initial({ dropout: 0.5 })];
  const [expected, found] = [await learned(plain, tasks[0]!, 'ewc', still), await learned(dropped, tasks[0]!, 'ewc', still)];
  for (const [name, { values }] of Object.entries(expected.strategy!.tensors)) expectClose(found.strategy!.tensors[name]!.values as Float32Array, values as Float32Array, name);
});

test.each([
  [{ labels: 'sampled' }, 'labels'],
  [{ importance: -1 }, 'importance'],
  [{ decay: 2 }, 'decay'],
  [{ lambda: 1 }, 'lambda'],
])('EWC refuses %p', (options, named) => {
  expect(() => strategyNamed('ewc', options)).toThrow(named);
});
