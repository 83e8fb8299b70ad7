import { carriedBytes, expectWeights, learned, lineage, tasks } from './regularisers';

test('LwF keeps what the champion says of the classes that the lineage knows', async () => {
  expectWeights(await lineage({ name: 'lwf', importance: 1.5 }), 'lwf equal');
});

test('LwF can weigh the past by the number of trainings', async () => {
  expectWeights(await lineage({ name: 'lwf', temperature: 3, balance: 'trainings' }), 'lwf trainings');
});

test('with heads LwF keeps each old head by itself', async () => {
  expectWeights(await lineage({ name: 'lwf' }, true), 'lwf heads');
});

test('LwF carries nothing but, where it needs it, the number of trainings', async () => {
  expect((await lineage({ name: 'lwf' })).map(carriedBytes)).toEqual([0, 0, 0]);
  expect((await lineage({ name: 'lwf', balance: 'trainings' })).map(carriedBytes)).toEqual([4, 4, 4]);
});

test('a lineage that learned in another way before counts as one training', async () => {
  const champion = await learned(await learned((await lineage({ name: 'fine-tune' }))[0]!, tasks[1]!, 'fine-tune'), tasks[2]!, { name: 'lwf', balance: 'trainings' });
  expect([...champion.strategy!.tensors.trainings!.values]).toEqual([2]);
});
