import { carriedBytes, expectWeights, lineage } from './regularisers';

test('L2-SP pulls each weight towards the champion\'s', async () => {
  expectWeights(await lineage({ name: 'l2-sp', strength: 0.5 }), 'l2-sp');
});

test('L2-SP works with heads', async () => {
  expectWeights(await lineage({ name: 'l2-sp', strength: 0.5 }, true), 'l2-sp heads');
});

test('a version carries nothing for it', async () => {
  expect((await lineage({ name: 'l2-sp' })).map(carriedBytes)).toEqual([0, 0, 0]);
});
