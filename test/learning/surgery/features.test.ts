import { encode, extendFeatures, fitFeatures, holdMissing, labels, predict, train, updateFeatures, loadBackend, type Features, type FeatureSpec } from '../../../learning';
import { scaledTranslation, translate } from '../../../learning/features';
import { standardise } from '../../../learning';
import type { BackendFacts } from '../../../contracts';
import { categories, numbers, pipelineWith, stream, tableOf } from '../tables';

const spec: FeatureSpec = { label: 'label', exclude: [], cycles: [], scaler: 'running' };
const label = numbers([0, 1, 0, 1]);
const before = tableOf({ a: numbers([1, 2, 3, 2]), c: categories(['y', 'x', 'y', null]), label });
const features = fitFeatures(spec, before);
const rows = (of: Features, encoded: Float32Array): number[][] => Array.from({ length: encoded.length / of.width }, (_, row) => [...encoded.subarray(row * of.width, (row + 1) * of.width)]);
let backend: BackendFacts;
beforeAll(async () => void (backend = await loadBackend(['native'], { convolution: false })));

test('nothing changes where the rows have what they had', () => {
  expect(extendFeatures(features, spec, before)).toBe(features);
  const shifted = tableOf({ ...before.columns, a: numbers([7, 8, 9, 8]) });
  expect(extendFeatures(features, spec, shifted)).toBe(features);
});

test('a new column comes last, with the statistics of the rows that have it', () => {
  const later = tableOf({ new: numbers([4, 6, 4, 6]), ...before.columns });
  const extended = extendFeatures(features, spec, later);
  expect(extended.inputs.slice(0, 2)).toEqual(features.inputs);
  expect(extended.inputs[2]).toEqual({ kind: 'number', column: 'new', count: 4, mean: 5, m2: expect.closeTo(4, 9) as number, origin: 5, indicator: false });
  expect(extended.width).toBe(features.width + 1);
  expect(rows(extended, encode(extended, later))[0]).toEqual([-1, 0, 1, 0, -1]);
});

test('new cycles of time come last', () => {
  expect(extendFeatures(features, { ...spec, cycles: ['week'] }, before).inputs.at(-1)).toEqual({ kind: 'cycle', cycle: 'week' });
});

test('new levels come after the known ones, and unknown stays last', () => {
  const later = tableOf({ ...before.columns, c: categories(['z', 'x', 'n', null]) });
  const extended = extendFeatures(features, spec, later);
  expect(extended.inputs[1]).toMatchObject({ levels: ['x', 'y', 'n', 'z'] });
  expect(rows(extended, encode(extended, later)).map((row) => row.slice(1))).toEqual([[0, 0, 0, 1, 0], [1, 0, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 1]]);
});

test('levels that too few rows have stay unknown', () => {
  const later = tableOf({ ...before.columns, c: categories(['z', 'x', 'y', 'x']) });
  expect(extendFeatures(features, spec, later, undefined, 0.3)).toBe(features);
  expect(extendFeatures(features, spec, later, undefined, 0.25).inputs[1]).toMatchObject({ levels: ['x', 'y', 'z'] });
});

test('no more than 100 levels are told apart, whenever they came', () => {
  const many = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `l${from + i}`);
  const of = (levels: string[]) => tableOf({ c: categories(levels), label: numbers(levels.map((_, i) => i % 2)) });
  const first = fitFeatures(spec, of(many(0, 90)));
  const extended = extendFeatures(first, spec, of([...many(80, 200), 'l199', 'l150']));
  const { levels } = extended.inputs[0] as { levels: string[] };
  expect(levels).toHaveLength(100);
  expect(levels.slice(0, 90)).toEqual((first.inputs[0] as { levels: string[] }).levels);
  expect(levels.slice(90)).toEqual(expect.arrayContaining(['l199', 'l150']));
});

test('new classes come after the known ones, in their own order', () => {
  const later = tableOf({ ...before.columns, label: numbers([10, 0, 9, 0]) });
  const extended = extendFeatures(features, spec, later);
  expect(extended.classes).toEqual(['0', '1', '9', '10']);
  expect([...labels(extended, later)]).toEqual([3, 0, 2, 0]);
});

test('a column that is gone, or left out now, is encoded as if all its values were missing', () => {
  const holes = tableOf({ ...before.columns, a: numbers([1, NaN, 3, 2]) });
  const fitted = fitFeatures(spec, holes);
  const gone = tableOf({ label });
  const extended = extendFeatures(fitted, spec, gone);
  expect(extended.inputs.map(({ held }) => held)).toEqual([true, true]);
  expect(rows(extended, encode(extended, gone))[0]).toEqual([0, 1, 0, 0, 1]);
  expect(extendFeatures(fitted, { ...spec, exclude: ['a', 'c'] }, holes)).toEqual(extended);
  expect(updateFeatures(extended, gone)).toEqual(extended);
});

test('a column that comes back is read again', () => {
  const gone = extendFeatures(features, spec, tableOf({ c: before.columns.c!, label }));
  expect(gone.inputs[0]).toMatchObject({ held: true });
  expect(extendFeatures(gone, spec, before)).toEqual(features);
});

test('a column that holds something else now is another column', () => {
  const later = tableOf({ ...before.columns, a: categories(['1', '2', '3', '2']) });
  const extended = extendFeatures(features, spec, later);
  expect(extended.inputs.map(({ kind, held }) => [kind, held ?? false])).toEqual([['number', true], ['category', false], ['category', false]]);
  expect(encode(extended, later)).toHaveLength(4 * extended.width);
});

test('with another scaler all is fitted anew but the classes, which keep their places', () => {
  const pixels = tableOf({ p: numbers([0, 2, 0, 2]), label: numbers([1, 2, 1, 0]) });
  const swapped = { ...fitFeatures(spec, pixels), classes: ['1', '2', '0'] };
  const image = extendFeatures(swapped, { ...spec, scaler: 'shared' }, pixels);
  expect(image).toMatchObject({ scaler: 'shared', shared: { mean: 1, sd: 1 }, classes: ['1', '2', '0'] });
});

test('rows without a column can be encoded once it is held', () => {
  const gone = tableOf({ c: before.columns.c!, label });
  expect(() => encode(features, gone)).toThrow('column a is missing');
  expect(rows(features, encode(holdMissing(features, gone), gone))[0]).toEqual([0, 0, 1, 0]);
  expect(holdMissing(features, before)).toBe(features);
});

test('a model whose column is held can be trained and asked without it', async () => {
  const pipeline = pipelineWith({ strategy: 'fine-tune' });
  const { learner } = await train({ pipeline, table: stream(60), parent: null, backend });
  const { b: _, ...columns } = stream(60, 2).columns;
  const gone = tableOf(columns);
  const held = { ...learner, features: extendFeatures(learner.features, { ...spec, cycles: ['day', 'week'] }, gone) };
  const result = await train({ pipeline, table: gone, parent: held, backend });
  expect(predict(result.learner.model, result.learner.features, gone).predictions).toHaveLength(60);
});

const later = tableOf({ new: numbers([4, NaN, 6, 6]), a: numbers([7, 8, 9, 8]), c: categories(['z', 'x', 'n', 'y']), label });

test('encoded rows can be moved to the features of later, and back', () => {
  const extended = extendFeatures(features, { ...spec, cycles: ['day'] }, later);
  const old = encode(features, before);
  const moved = translate(features, extended, old);
  const without = { ...extended, inputs: extended.inputs.map((input) => (input.kind === 'cycle' ? { ...input, held: true as const } : input)) };
  expect(rows(extended, moved)).toEqual(rows(extended, encode(holdMissing(without, before), before)));
  expect(translate(extended, features, moved)).toEqual(old);
  // What the old features make of the rows of later: new levels are unknown to them.
  expect(translate(extended, features, encode(extended, later))).toEqual(encode(features, later));
  expect(translate(features, features, old)).toBe(old);
});

test('rows can be moved between features that were fitted apart, scaled ones too', () => {
  const other = fitFeatures({ ...spec, cycles: ['week'] }, later);
  const apart = tableOf({ ...later.columns, a: numbers([1.5, 8, 9, 8]), c: categories(['y', 'x', 'y', 'x']) });
  const moved = translate(other, features, encode(other, apart));
  moved.forEach((value, i) => expect(value).toBeCloseTo(encode(features, apart)[i]!, 6));
  const { kernel, bias } = scaledTranslation(other, features)!;
  const x = rows(other, standardise(other, encode(other, apart)));
  const seen = x.map((row) => [...bias].map((constant, i) => row.reduce((sum, value, j) => sum + value * kernel[j * features.width + i]!, constant)));
  rows(features, standardise(features, encode(features, apart))).forEach((row, r) => row.forEach((value, i) => expect(seen[r]![i]).toBeCloseTo(value, 5)));
  expect(scaledTranslation(features, features)).toBeNull();
});
