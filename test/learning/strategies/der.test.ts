import { loadModel, saveModel, strategyNamed, type Learner } from '../../../learning';
import { expectClose, initial, learned, tasks } from './regularisers';
import { expectWeights, memoryOf, reference } from './rehearsal';

const [first, second] = tasks as [(typeof tasks)[0], (typeof tasks)[0]];

/** Both trainings; what is kept stands in the order of the memory's places, here brought into the rows' own. */
async function trained(options: object, steps = 5): Promise<{ learners: Learner[]; kept: Float32Array }> {
  const strategy = { name: 'der', memory: 12, ...options };
  const one = await learned(await initial(), first, strategy);
  const memory = one.strategy!.memory!;
  const [x, logits] = [memory.x!.values as Float32Array, memory['kept/logits']!.values as Float32Array];
  const kept = new Float32Array(48);
  for (let place = 0; place < 12; place++) {
    const row = first.encoded.findIndex((value, i) => i % 3 === 0 && value === x[place * 3]) / 3;
    kept.set(logits.subarray(place * 4, place * 4 + 4), row * 4);
  }
  return { learners: [one, await learned(one, second, strategy, { epochs: steps })], kept };
}

test('DER keeps to the logits that the trained model gave', async () => {
  const { learners, kept } = await trained({ alpha: 0.7, beta: 0 });
  expectWeights(learners, 'der');
  expectClose(kept, reference.kept.der, 'kept logits');
});

test('DER++ learns the classes of a second draw as well', async () => {
  expectWeights((await trained({ alpha: 0.7, beta: 0.4 })).learners, 'der++');
  expect(strategyNamed('der', { beta: 0.4 }).memory!.draws).toEqual(['batch', 'batch']);
  expect(strategyNamed('der', { beta: 0 }).memory!.draws).toEqual(['batch']);
});

test('in a stream the logits are those of before the step in which the row came', async () => {
  const { learners, kept } = await trained({ alpha: 0.7, beta: 0.4, insert: 'stream' }, 1);
  expectWeights(learners, 'der++ stream');
  expectClose(kept, reference.kept['der++ stream'], 'kept logits');
});

test('without weights for the past it is fine-tuning', async () => {
  const champion = await learned(await initial(), first, { name: 'der', alpha: 0, beta: 0 });
  const [der, plain] = [await learned(champion, second, { name: 'der', alpha: 0, beta: 0 }), await learned(champion, second, 'fine-tune')];
  expect(Buffer.from(saveModel(der)['weights.bin']!)).toEqual(Buffer.from(saveModel(plain)['weights.bin']!));
});

test('a row costs four bytes a class more, and a file keeps what it cost', async () => {
  const learner = await learned(await initial(), first, { name: 'der', memory: 10 });
  expect(memoryOf(learner).bytes).toMatchObject({ x: 10 * 3 * 4, y: 10, 'kept/logits': 10 * 4 * 4 });
  expect((await loadModel(saveModel(learner))).strategy!.memory).toEqual(learner.strategy!.memory);
});

test('rows whose logits are not known are learned by their class alone', async () => {
  const replayed = await learned(await initial(), first, { name: 'replay', memory: 12 });
  const half = { alpha: 0, beta: 1 };
  const [unknown, weightless] = [await learned(replayed, second, { name: 'der', memory: 12, ...half, alpha: 5 }), await learned(replayed, second, { name: 'der', memory: 12, ...half })];
  expect(Buffer.from(saveModel(unknown)['weights.bin']!)).toEqual(Buffer.from(saveModel(weightless)['weights.bin']!));
  const kept = unknown.strategy!.memory!['kept/logits']!.values as Float32Array;
  expect(kept.some(Number.isNaN)).toBe(true);
  expect(kept.some((value) => !Number.isNaN(value))).toBe(true);
});

test('logits of before the head grew are compared where they are known', async () => {
  const champion = await learned(await initial(), first, { name: 'der', memory: 12 });
  const memory = champion.strategy!.memory!;
  const logits = memory['kept/logits']!.values as Float32Array;
  const narrow = { shape: [12, 2], values: logits.filter((_, i) => i % 4 < 2) };
  const padded = { shape: [12, 4], values: logits.map((value, i) => (i % 4 < 2 ? value : NaN)) };
  const [a, b] = await Promise.all([narrow, padded].map((array) =>
    learned({ ...champion, strategy: { ...champion.strategy!, memory: { ...memory, 'kept/logits': array } } }, second, { name: 'der', memory: 12 })));
  const weights = (learner: Learner) => Float32Array.from(learner.model.weights.flatMap((weight) => [...weight.read().dataSync()]));
  expectClose(weights(a!), weights(b!), 'narrow or padded');
  expect(a!.strategy!.memory!['kept/logits']!.shape).toEqual([12, 4]);
});
