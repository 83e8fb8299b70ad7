import { saveModel } from '../../../learning';
import { initial, learned, tasks } from './regularisers';
import { memoryOf } from './rehearsal';

const [first, second] = tasks as [(typeof tasks)[0], (typeof tasks)[0]];
const strategy = { name: 'gdumb', memory: 10 };

test('what it ends with is a new model trained on nothing but the memory', async () => {
  const one = await learned(await initial(), first, strategy);
  const two = await learned(one, second, strategy);
  const { x, y } = two.strategy!.memory!;
  const rows = { encoded: x!.values as Float32Array, y: Int32Array.from(y!.values) };
  const anew = await learned(await initial(), rows, 'stateless');
  expect(Buffer.from(saveModel(two)['weights.bin']!)).toEqual(Buffer.from(saveModel(anew)['weights.bin']!));
});

test('every class has an equal share of the memory', async () => {
  const { y } = memoryOf(await learned(await learned(await initial(), first, strategy), second, strategy));
  const counts = [0, 1, 2, 3].map((label) => y.filter((other) => other === label).length);
  expect(counts.reduce((a, b) => a + b)).toBe(10);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
});

test('private rows are not learned from', async () => {
  const hidden = Uint8Array.from(first.y, (label) => (label === 1 ? 1 : 0));
  expect(new Set(memoryOf(await learned(await initial(), { ...first, private: hidden }, strategy)).y)).toEqual(new Set([0]));
  await expect(learned(await initial(), { ...first, private: new Uint8Array(12).fill(1) }, strategy)).rejects.toThrow(
    'learning.strategy gdumb learns from its memory alone, and none of the 12 rows may be kept in it (all are private); choose another strategy',
  );
});
