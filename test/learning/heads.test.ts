import type { BackendFacts, Pipeline, PipelineInput, Table } from '../../contracts';
import { pipelineSchema } from '../../contracts';
import { accuracy, extendFeatures, featureSpec, fitFeatures, labels, loadBackend, predict, Random, train, type Learner } from '../../learning';
import { categories, numbers, pipelineWith, tableOf } from './tables';

let backend: BackendFacts;
beforeAll(async () => {
  backend = await loadBackend(['native'], { convolution: false });
});

const classesOf = { animals: ['cat', 'dog'], cars: ['van', 'bus'], tools: ['saw', 'axe'] } as const;
type Task = keyof typeof classesOf;

/** Rows of some tasks in turn. The same number decides the class in each of them, so that a row alone does not tell its task. */
function rowsOf(tasks: (Task | null)[], rows = 120, seed = 1): Table {
  const random = new Random(seed);
  const a = Array.from({ length: rows }, () => random.uniform() - 0.5);
  const task = a.map((_, i) => tasks[i % tasks.length]!);
  return tableOf({ a: numbers(a), task: categories(task), label: categories(a.map((value, i) => classesOf[task[i] ?? 'animals'][value > 0 ? 1 : 0])) });
}
const pipeline = (learning: PipelineInput['learning'] = {}): Pipeline => ({
  ...pipelineWith({ strategy: 'fine-tune', scratchEpochs: 30, epochs: 30, rate: 0.05, ...learning }),
  label: { column: 'label', head: 'task' },
});
const learned = async (table: Table, parent: Learner | null = null, asked = pipeline()): Promise<Learner> => (await train({ pipeline: asked, table, parent, backend })).learner;

test('the heads are the values of their column, each with the classes that occur with it, and the column is no input', () => {
  const features = fitFeatures(featureSpec(pipeline()), rowsOf(['cars', 'animals']));
  expect(features.classes).toEqual(['bus', 'cat', 'dog', 'van']);
  expect(features.heads).toEqual({ column: 'task', names: ['animals', 'cars'], classes: [[1, 2], [0, 3]] });
  expect(features.inputs.map((input) => (input.kind === 'cycle' ? input.cycle : input.column))).toEqual(['a', 'day', 'week']);
});

test('a row is told apart among the classes of its head only, in training and in prediction', async () => {
  const table = rowsOf(['animals', 'cars']);
  const { model, features } = await learned(table);
  const { predictions, probabilities } = predict(model, features, table);
  // Without heads no model could know whether a row is an animal or a car: half of it would be wrong.
  expect(accuracy(predictions, labels(features, table))).toBeGreaterThan(0.95);
  predictions.forEach((_, row) => {
    const own = features.heads!.classes[row % 2]!;
    const shares = [...probabilities.subarray(row * 4, row * 4 + 4)];
    shares.forEach((share, c) => expect(own.includes(c) || share === 0).toBe(true));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  });
});

test('rows of a range have the heads of their own places', async () => {
  const table = rowsOf(['animals', 'cars'], 2100);
  const { model, features } = await learned(rowsOf(['animals', 'cars']));
  const whole = predict(model, features, table);
  expect(predict(model, features, table, { from: 1001, to: 2100 }).predictions).toEqual(whole.predictions.slice(1001));
});

test('heads may be numbers', async () => {
  const table = rowsOf(['animals', 'cars']);
  const numbered = tableOf({ ...table.columns, task: numbers(Array.from({ length: 120 }, (_, i) => (i % 2 === 0 ? 10 : 9))) });
  const { model, features } = await learned(numbered);
  expect(features.heads).toMatchObject({ names: ['9', '10'], classes: [[0, 3], [1, 2]] });
  expect(accuracy(predict(model, features, numbered).predictions, labels(features, numbered))).toBeGreaterThan(0.95);
});

test('a class that occurs with two heads is refused, naming both, in the first training and later', async () => {
  const table = rowsOf(['animals', 'cars']);
  const mixed = tableOf({ ...table.columns, task: categories(Array.from({ length: 120 }, (_, i) => (i < 80 ? ['animals', 'cars'][i % 2]! : 'cars'))) });
  const message = /label\.head task: the class (cat|dog) occurs with the heads animals and cars, but a class belongs to one head/;
  await expect(learned(mixed)).rejects.toThrow(message);
  await expect(learned(mixed, await learned(table))).rejects.toThrow(message);
});

test('a head that the model does not know is refused, or gets no class where that is asked for', async () => {
  const { model, features } = await learned(rowsOf(['animals', 'cars']));
  const table = rowsOf(['animals', 'tools'], 10);
  expect(() => predict(model, features, table)).toThrow('label.head task has a value in row 1 that the model does not know (it knows animals, cars)');
  const { predictions, probabilities } = predict(model, features, table, undefined, { unknownHeads: 'none' });
  predictions.forEach((prediction, row) => {
    expect(prediction === -1).toBe(row % 2 === 1);
    if (row % 2 === 1) expect([...probabilities.subarray(row * 4, row * 4 + 4)]).toEqual([0, 0, 0, 0]);
  });
});

test('a row without a head is refused', async () => {
  await expect(learned(rowsOf(['animals', null, 'cars']))).rejects.toThrow('label.head task is missing in row 1; it has to say which classes the row is one of');
  const { model, features } = await learned(rowsOf(['animals', 'cars']));
  expect(() => predict(model, features, rowsOf(['cars', null]))).toThrow('label.head task is missing in row 1');
});

test('a new head comes after the known ones, as its classes do', () => {
  const spec = featureSpec(pipeline());
  const features = fitFeatures(spec, rowsOf(['animals', 'cars']));
  const extended = extendFeatures(features, spec, rowsOf(['tools', 'cars']));
  expect(extended.classes).toEqual(['bus', 'cat', 'dog', 'van', 'axe', 'saw']);
  expect(extended.heads).toEqual({ column: 'task', names: ['animals', 'cars', 'tools'], classes: [[1, 2], [0, 3], [4, 5]] });
  expect(extendFeatures(features, spec, rowsOf(['cars', 'animals'], 50))).toBe(features);
});

test('heads cannot be added to a lineage in passing, nor left out', async () => {
  const table = rowsOf(['animals', 'cars']);
  const without = { ...pipeline(), label: { column: 'label' } };
  await expect(learned(table, await learned(table, null, without))).rejects.toThrow('label.head is task, but the champion was trained with none; train from scratch with learning.mode: stateless');
  await expect(learned(table, await learned(table), without)).rejects.toThrow('label.head is left out, but the champion was trained with task');
});

test('the label cannot be its own head', () => {
  const { success, error } = pipelineSchema.safeParse({ name: 'a', source: { files: 'a', time: 't' }, label: { column: 'x', head: 'x' }, model: { mlp: [] } });
  expect(success).toBe(false);
  expect(error!.issues[0]).toMatchObject({ path: ['label', 'head'], message: 'another column than the label' });
});
