import { saveModel, strategyNamed } from '../../../learning';
import { initial, learned, tasks } from './regularisers';
import { expectWeights, memoryOf, reference } from './rehearsal';

const [first, , third] = tasks as [(typeof tasks)[0], (typeof tasks)[0], (typeof tasks)[0]];
/** One row of the first task, eleven of the third. */
const mixed = {
  encoded: Float32Array.from([...first.encoded.subarray(0, 3), ...third.encoded.subarray(3)]),
  y: Int32Array.from([...first.y.subarray(0, 1), ...third.y.subarray(1)]),
};
const strategy = { name: 'a-gem', memory: 12, reference: 12 };

test('a gradient that would raise the loss of the past is projected, another is left alone', async () => {
  expect(new Set(reference.projected)).toEqual(new Set([true, false]));
  const one = await learned(await initial(), first, strategy, { epochs: 2 });
  expectWeights([one, await learned(one, mixed, strategy)], 'a-gem');
});

test('the first training is fine-tuning', async () => {
  const [a, b] = [await learned(await initial(), first, strategy), await learned(await initial(), first, 'fine-tune')];
  expect(Buffer.from(saveModel(a)['weights.bin']!)).toEqual(Buffer.from(saveModel(b)['weights.bin']!));
});

test('its memory has a bound in rows, whatever comes', async () => {
  let learner = await initial();
  for (const rows of tasks) learner = await learned(learner, rows, { ...strategy, memory: 8 });
  const { y } = memoryOf(learner);
  expect(y).toHaveLength(8);
  expect([0, 1, 2, 3].map((label) => y.filter((other) => other === label).length)).toEqual([2, 2, 2, 2]);
});

test('reference 0 is refused', () => {
  expect(() => strategyNamed('a-gem', { reference: 0 })).toThrow('reference is 0');
});
