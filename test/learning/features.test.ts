import { InvalidInput } from '../../contracts';
import { encode, fitFeatures, labels, standardise, updateFeatures, type FeatureSpec, type Features } from '../../learning';
import { merge, scaleOf, statisticsOf } from '../../learning/features';
import { Random } from '../../learning/random';
import { categories, numbers, stream, tableOf } from './tables';

const spec: FeatureSpec = { label: 'label', exclude: [], cycles: [], scaler: 'running' };
const label = numbers([0, 1, 0, 1]);
const inputs = (features: Features, table = tableOf({}), range = { from: 0, to: table.rows }): number[][] => {
  const x = standardise(features, encode(features, table, range));
  return Array.from({ length: range.to - range.from }, (_, row) => [...x.subarray(row * features.width, (row + 1) * features.width)]);
};

test('statistics of parts, merged, are the statistics of the whole', () => {
  const random = new Random(1);
  const values = Float64Array.from({ length: 500 }, (_, i) => 1e6 + random.uniform() * (i < 100 ? 1 : 50));
  const parts = merge(merge(statisticsOf(values.subarray(0, 100)), statisticsOf(values.subarray(100, 101))), statisticsOf(values.subarray(101)));
  const whole = statisticsOf(values);
  expect(parts.count).toBe(500);
  expect(parts.mean).toBeCloseTo(whole.mean, 6);
  expect(Math.abs(scaleOf(parts) / scaleOf(whole) - 1)).toBeLessThan(1e-9);
  expect(merge({ count: 0, mean: 0, m2: 0 }, whole)).toEqual(whole);
});

test('numbers are scaled by the mean and sd of the rows that were fitted', () => {
  const table = tableOf({ a: numbers([2, 4, 4, 6]), label });
  // mean 4, population sd √2
  expect(inputs(fitFeatures(spec, table), table).flat().map((x) => x.toFixed(4))).toEqual(['-1.4142', '0.0000', '0.0000', '1.4142']);
});

test('only the rows of the range are fitted', () => {
  const table = tableOf({ a: numbers([1, 3, 100, 1000]), label });
  const features = fitFeatures(spec, table, { from: 0, to: 2 });
  expect(features.inputs[0]).toMatchObject({ count: 2, mean: 2, m2: 2 });
});

test('a missing value becomes the mean, with an indicator where values were missing when fitted, and then for ever', () => {
  const holes = tableOf({ a: numbers([1, NaN, 3, 2]), label });
  const features = fitFeatures(spec, holes);
  expect(features.width).toBe(2);
  expect(inputs(features, holes)[1]).toEqual([0, 1]);
  const whole = tableOf({ a: numbers([1, 2, 3, 2]), label });
  expect(updateFeatures(features, whole).width).toBe(2);
  const none = fitFeatures(spec, whole);
  expect(none.width).toBe(1);
  expect(inputs(none, holes)[1]).toEqual([0]);
});

test('a constant column has scale 1 until it varies', () => {
  const constant = tableOf({ a: numbers([0.1, 0.1, 0.1, 0.1]), label });
  const features = fitFeatures(spec, constant);
  const varied = tableOf({ a: numbers([0.1, 0.6, 1.1, 0.6]), label });
  expect(inputs(features, varied).flat().map((x) => x.toFixed(4))).toEqual(['0.0000', '0.5000', '1.0000', '0.5000']);
  const moved = updateFeatures(features, varied);
  // Eight values: five .1, two .6, one 1.1: mean .35, variance .125
  expect(inputs(moved, varied)[2]![0]).toBeCloseTo(0.75 / Math.sqrt(0.125), 5);
});

test('encoding does not move with the statistics, so that a memory of encoded rows stays good', () => {
  const [before, after] = [stream(50, 1), stream(50, 2, 40)];
  const features = fitFeatures(spec, before);
  const moved = updateFeatures(features, after);
  expect(encode(moved, before)).toEqual(encode(features, before));
  expect(standardise(moved, encode(moved, before))).not.toEqual(standardise(features, encode(features, before)));
});

test('large values with small differences keep their differences', () => {
  const table = tableOf({ a: numbers([1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3]), label });
  const x = inputs(fitFeatures(spec, table), table).flat();
  expect(x[1]! - x[0]!).toBeCloseTo(1 / Math.sqrt(1.25), 5);
});

test('categories are one-hot, with one bucket for the unknown and the missing', () => {
  const features = fitFeatures(spec, tableOf({ c: categories(['b', 'a', 'b', null]), label }));
  const later = tableOf({ c: categories(['a', 'b', 'new', null]), label });
  expect(inputs(features, later)).toEqual([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]);
});

test('of more than 100 levels the most frequent are kept', () => {
  const values = Array.from({ length: 300 }, (_, i) => (i < 150 ? 'often' : `rare${i}`));
  const features = fitFeatures(spec, tableOf({ c: categories(values), label: numbers(values.map((_, i) => i % 2)) }));
  expect(features.width).toBe(101);
  expect((features.inputs[0] as { levels: string[] }).levels).toContain('often');
});

test('cycles of time are sine and cosine, unscaled', () => {
  const quarter = { rows: 2, time: Float64Array.of(Date.UTC(2024, 0, 1, 6), Date.UTC(2024, 0, 2)), columns: { label: numbers([0, 1]) } };
  const x = inputs(fitFeatures({ ...spec, cycles: ['day', 'year'] }, quarter), quarter);
  [1, 0].forEach((value, i) => expect(x[0]![i]).toBeCloseTo(value, 6));
  [0, 1].forEach((value, i) => expect(x[1]![i]).toBeCloseTo(value, 6));
  expect(x[1]![2]).toBeCloseTo(Math.sin((2 * Math.PI) / 366), 6);
});

test('a shared scaler takes one mean and sd over all pixels, for ever', () => {
  const table = tableOf({ p0: numbers([0, 0, 0, 0]), p1: numbers([4, 4, 4, 4]), label });
  const features = fitFeatures({ ...spec, cycles: ['day'], scaler: 'shared' }, table);
  expect(features.shared).toEqual({ mean: 2, sd: 2 });
  expect(inputs(features, table)[0]).toEqual([-1, 1]);
  expect(updateFeatures(features, stream(9))).toBe(features);
});

test('classes are sorted, as numbers where they are numbers, and stay what they were when fitted', () => {
  const table = tableOf({ a: label, label: numbers([10, 9, 10, 2]) });
  const features = fitFeatures(spec, table);
  expect(features.classes).toEqual(['2', '9', '10']);
  expect([...labels(features, table)]).toEqual([2, 1, 2, 0]);
  const grown = tableOf({ a: label, label: numbers([10, 9, 11, 2]) });
  expect(() => labels(features, grown)).toThrow(/has the class 11, which the model does not know .* learning.mode: stateless/);
});

test.each([
  ['a missing column', tableOf({ label }), 'column a is missing'],
  ['a column of another kind', tableOf({ a: categories(['1', '2', '3', '4']), label }), 'column a holds categories'],
])('%s is refused by name', (_, table, message) => {
  const features = fitFeatures(spec, tableOf({ a: numbers([1, 2, 3, 4]), label }));
  expect(() => encode(features, table)).toThrow(InvalidInput);
  expect(() => encode(features, table)).toThrow(message);
});

test('rows without a label, or with one class only, cannot be fitted', () => {
  expect(() => fitFeatures(spec, tableOf({ a: label, label: numbers([0, 1, NaN, 1]) }))).toThrow('label.column label is missing in row 2');
  expect(() => fitFeatures(spec, tableOf({ a: label, label: numbers([1, 1, 1, 1]) }))).toThrow('only the class 1');
});

test('features are plain JSON', () => {
  const features = fitFeatures({ ...spec, cycles: ['week'] }, stream(30));
  expect(JSON.parse(JSON.stringify(features))).toEqual(features);
});

test('a column that had no value so far is encoded relative to the mean of the first ones that come', () => {
  const label = numbers([0, 1, 0, 1]);
  const before = fitFeatures({ label: 'label', exclude: [], cycles: [], scaler: 'running' }, tableOf({ a: numbers([NaN, NaN, NaN, NaN]), label }));
  const later = tableOf({ a: numbers([1012, 1014, NaN, NaN]), label });
  const after = updateFeatures(before, later);
  expect(after.inputs[0]).toMatchObject({ count: 2, mean: 1013, origin: 1013 });
  expect([...standardise(after, encode(after, later))]).toEqual([-1, 0, 1, 0, 0, 1, 0, 1]);
  // From then on it stays.
  expect(updateFeatures(after, tableOf({ a: numbers([2000]), label: numbers([0]) })).inputs[0]).toMatchObject({ count: 3, origin: 1013 });
});
