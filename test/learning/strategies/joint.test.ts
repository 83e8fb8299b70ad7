import { saveModel, strategyNamed } from '../../../learning';
import { bits } from '../tables';
import { initial, learned, tasks } from './regularisers';

test('joint asks for all rows of the lineage, and begins anew with them', async () => {
  expect(strategyNamed('joint')).toMatchObject({ fresh: true, rows: 'lineage' });
  const champion = await learned(await initial(), tasks[0]!, 'fine-tune');
  const all = { encoded: Float32Array.from(tasks.flatMap(({ encoded }) => [...encoded])), y: Int32Array.from(tasks.flatMap(({ y }) => [...y])) };
  const [joint, stateless] = [await learned(champion, all, 'joint'), await learned(champion, all, 'stateless')];
  expect(bits(saveModel(joint))).toEqual(bits(saveModel(stateless)));
  expect(joint.strategy).toBeNull();
});
