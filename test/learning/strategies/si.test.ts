import { carriedBytes, expectCarried, expectWeights, lineage, parameters } from './regularisers';

const strategy = { name: 'si', strength: 3, damping: 0.1 };

test('SI adds up each weight\'s part in the fall of the loss, and holds it by that', async () => {
  const learners = await lineage(strategy);
  expectWeights(learners, 'si');
  expectCarried(learners, 'si', 'importance');
});

test('SI works with heads', async () => {
  const learners = await lineage(strategy, true);
  expectWeights(learners, 'si heads');
  expectCarried(learners, 'si heads', 'importance');
});

test('a version carries one number a weight', async () => {
  expect((await lineage(strategy)).map(carriedBytes)).toEqual([1, 2, 3].map(() => 4 * parameters));
});
