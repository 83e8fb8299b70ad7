import * as tf from '@tensorflow/tfjs';
import type { BackendFacts, PipelineInput, Table } from '../../../contracts';
import { accuracy, crossEntropy, extendFeatures, featureSpec, labels, loadBackend, operate, predict, registerStrategy, saveModel, strategy, strategyNamed, train, type Learner, type Step } from '../../../learning';
import { logitsOf } from '../../../learning/predict';
import reference from '../reference/distil.json';
import { bits, categories, numbers, pipelineWith, stream, tableOf } from '../tables';
import { z } from 'zod';

let backend: BackendFacts;
beforeAll(async () => void (backend = await loadBackend(['native'], { convolution: false })));

const learned = async (table: Table, learning: PipelineInput['learning'], mlp: number[] = [16], parent: Learner | null = null, teacher: Learner | null = null): Promise<Learner> =>
  (await train({ pipeline: pipelineWith({ epochs: 20, scratchEpochs: 20, batch: 32, ...learning }, { mlp }), table, parent, teacher, backend })).learner;

test('the loss is that of the paper, over the classes that the teacher knows', () => {
  const { temperature, weight, teacher, student, labels: y } = reference;
  const distil = strategyNamed('distil', { temperature, weight });
  const { value, grad } = tf.valueAndGrad((logits: tf.Tensor) => {
    const rows = (from: number) => ({ x: tf.zeros([2, 1]), y: tf.tensor1d(y.slice(from, from + 2), 'int32') });
    const previous = () => tf.tensor2d(teacher.map((row) => [...row, -1e9]));
    return distil.loss({ logits: () => logits, previous, batch: rows(0), past: { ...rows(2), kept: {} }, crossEntropy } as unknown as Step);
  })(tf.tensor2d(student));
  expect(value.dataSync()[0]).toBeCloseTo(reference.loss, 6);
  grad.dataSync().forEach((found, i) => expect(found).toBeCloseTo(reference.gradient.flat()[i]!, 5));
});

test('where classes compete within heads, the champion speaks of the row’s own head, and not where it knows none of it', () => {
  const heads = [[0, 1], [2, 3], [4]];
  const distil = strategyNamed('distil', { temperature: 2, weight: 1, memory: 0 });
  const teacher = [[2, -2, 20, 20, -1e9], [5, 5, 1, 0, -1e9]];
  const { value, grad } = tf.valueAndGrad((logits: tf.Tensor) => distil.loss({
    logits: () => logits, previous: () => tf.tensor2d(teacher), batch: { x: tf.zeros([2, 1]), y: tf.tensor1d([0, 4], 'int32') }, past: null, heads, crossEntropy: () => tf.scalar(0),
  } as unknown as Step))(tf.tensor2d([[-2, 2, 0, 0, 9], [1, 2, 3, 4, 5]]));
  const softmax = (z: number[]) => z.map((one) => Math.exp(one) / z.reduce((sum, other) => sum + Math.exp(other), 0));
  const [target, answer] = [softmax([1, -1]), softmax([-1, 1])];
  // T² = 4, a mean over two rows, of which the second has a head that the champion does not know.
  expect(value.dataSync()[0]).toBeCloseTo((4 / 2) * -target.reduce((sum, t, i) => sum + t * Math.log(answer[i]!), 0), 5);
  const expected = [...target.map((t, i) => (2 / 2) * (answer[i]! - t)), 0, 0, 0, 0, 0, 0, 0, 0];
  grad.dataSync().forEach((found, i) => expect(found).toBeCloseTo(expected[i]!, 5));
});

test('without a champion only the classes teach', async () => {
  const [distilled, scratch] = [await learned(stream(60), { strategy: 'distil' }), await learned(stream(60), { strategy: 'stateless' })];
  expect(bits(saveModel({ ...distilled, strategy: null }))).toEqual(bits(saveModel(scratch)));
});

/** A class that only the champion can tell: the rows' own labels are drawn at random. */
const shuffled = (table: Table, seed: number): Table => ({ ...table, columns: { ...table.columns, label: stream(table.rows, seed).columns.label! } });

test('a new model of another kind learns from the champion what the labels do not say', async () => {
  const champion = await learned(stream(400), { strategy: 'fine-tune' });
  const [rows, unseen] = [shuffled(stream(400, 2), 3), stream(400, 4)];
  const student = await learned(rows, { strategy: { name: 'distil', weight: 1, memory: 0 } }, [12, 12], champion);
  const alone = await learned(rows, { strategy: 'stateless' }, [12, 12], champion);
  const score = ({ model, features }: Learner): number => accuracy(predict(model, features, unseen).predictions, labels(features, unseen));
  expect(score(champion)).toBeGreaterThan(0.93);
  expect(score(student)).toBeGreaterThan(0.9);
  expect(score(alone)).toBeLessThan(0.8);
  expect(student.model.layers.map(({ name }) => name)).toContain('hidden2');
});

test('with a memory the champion is asked about the past too', async () => {
  const champion = await learned(stream(300), { strategy: 'replay' });
  // From now on only one half of the world is seen.
  const whole = stream(600, 2);
  const a = (whole.columns.a as { values: Float64Array }).values;
  const half = Array.from(a.keys()).filter((row) => a[row]! < 3);
  const pick = (values: ArrayLike<number>) => numbers(half.map((row) => values[row]!));
  const { b, c, label } = whole.columns as unknown as Record<string, { values: Float64Array; codes: Int32Array; levels: string[] }>;
  const narrow = tableOf({ a: pick(a), b: pick(b!.values), c: categories(half.map((row) => c!.levels[c!.codes[row]!]!)), label: pick(label!.values) });
  const score = async (memory: number): Promise<number> => {
    const { model, features } = await learned(narrow, { strategy: { name: 'distil', memory } }, [12], champion);
    return accuracy(predict(model, features, whole).predictions, labels(features, whole));
  };
  const [kept, none] = [await score(300), await score(0)];
  expect(kept).toBeGreaterThan(0.9);
  expect(none).toBeLessThan(kept - 0.05);
});

test('the teacher sees the rows by its own features, whatever columns, levels and classes came later', async () => {
  const champion = await learned(stream(100), { strategy: 'replay' });
  const { columns } = stream(100, 2, 3);
  const later = tableOf({
    new: numbers(Array.from({ length: 100 }, (_, i) => i % 7)),
    ...columns,
    c: categories(Array.from({ length: 100 }, (_, i) => ['x', 'later', 'z', 'y'][i % 4]!)),
    label: numbers(Array.from({ length: 100 }, (_, i) => i % 3)),
  });
  const given: number[][] = [];
  registerStrategy(
    strategy('told', z.strictObject({}), () => ({
      previous: true,
      begin: ({ previous, rows }) => tf.tidy(() => void given.push([...previous!(rows.take(Int32Array.from({ length: 100 }, (_, i) => i)).x).dataSync()])),
      loss: ({ logits, batch }) => crossEntropy(logits(batch.x), batch.y),
    })),
  );
  const pipeline = pipelineWith({ strategy: 'told', epochs: 1 }, { mlp: [5] });
  const features = extendFeatures(champion.features, featureSpec(pipeline), later);
  const patient = await operate({ champion, model: pipeline.model, features, rows: { table: later }, seed: 1 });
  await train({ pipeline, table: later, parent: patient, teacher: champion, backend });
  const known = logitsOf(champion.model, champion.features, later);
  expect(given[0]).toHaveLength(300);
  given[0]!.forEach((value, i) => (i % 3 === 2 ? expect(value).toBe(-1e9 + 0) : expect(value).toBeCloseTo(known[Math.floor(i / 3) * 2 + (i % 3)]!, 4)));
});

test('after a surgery an operated learner goes on with the champion as its teacher, as a graph and bit by bit as eagerly', async () => {
  const champion = await learned(stream(100), { strategy: 'replay' });
  const { columns } = stream(100, 2);
  const later = tableOf({ ...columns, new: numbers(Array.from({ length: 100 }, (_, i) => i % 7)) });
  const pipeline = pipelineWith({ strategy: { name: 'distil', start: 'parent', memory: 50 }, epochs: 30, warmup: 20 }, { mlp: [20], activation: 'tanh' });
  const features = extendFeatures(champion.features, featureSpec(pipeline), later);
  const patient = await operate({ champion, model: pipeline.model, features, seed: 1 });
  const distil = strategyNamed('distil', { start: 'parent', memory: 50 });
  registerStrategy(strategy('eager', z.strictObject({}), () => ({ ...distil, loss: (step) => distil.loss(step).mul(step.number >= 0 ? 1 : 2) })));
  const warned = jest.spyOn(console, 'warn').mockImplementation();
  const graph = await train({ pipeline, table: later, parent: patient, teacher: champion, backend });
  expect(warned).not.toHaveBeenCalled();
  const eager = await train({ pipeline: { ...pipeline, learning: { ...pipeline.learning, strategy: { name: 'eager', options: {} } } }, table: later, parent: patient, teacher: champion, backend });
  expect(warned).toHaveBeenCalledTimes(1);
  warned.mockRestore();
  expect([graph.form, eager.form]).toEqual(['graph', 'eager']);
  const named = ({ learner }: typeof graph) => bits(saveModel({ ...learner, strategy: { ...learner.strategy!, strategy: 'x' } }));
  expect(named(eager)).toEqual(named(graph));
});

test('a teacher whose classes are not the first of the model\'s is refused', async () => {
  const champion = await learned(stream(60), { strategy: 'fine-tune' });
  const teacher = { ...champion, features: { ...champion.features, classes: ['1', '0'] } };
  await expect(learned(stream(60), { strategy: { name: 'distil', start: 'parent' } }, [16], champion, teacher)).rejects.toThrow('teacher: it knows the classes 1, 0; the model\'s, 0, 1, must begin with them');
});
