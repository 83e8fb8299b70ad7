import { strategyNamed } from '../../../learning';
import { initial, learned, tasks } from './regularisers';
import { expectWeights, memoryOf } from './rehearsal';

const [first, second] = tasks as [(typeof tasks)[0], (typeof tasks)[0]];

test.each([['er-ace', false], ['er-ace heads', true]] as const)('new rows compete among their own classes, old ones among all (%s)', async (name, heads) => {
  const strategy = { name: 'er-ace', memory: 12 };
  const one = await learned(await initial({ heads }), first, strategy);
  expectWeights([one, await learned(one, second, strategy, { epochs: 1 })], name);
});

test('rows are drawn as soon as they have come, and kept once', async () => {
  expect(strategyNamed('er-ace').memory).toEqual({ rows: 2000, sampling: 'reservoir', insert: 'stream' });
  expect(memoryOf(await learned(await initial(), first, 'er-ace')).y.sort()).toEqual([...first.y].sort());
});
