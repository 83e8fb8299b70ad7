import type { NumberProfile, Table } from '../../contracts';
import { categoryChanges, compareColumn, compareColumns, profile, profileTable, xoshiro128 } from '../../drift';
import { categories, numbers } from './streams';

const random = xoshiro128(11);
const uniform = (n: number, low = 0, high = 1) => numbers(Array.from({ length: n }, () => low + ((high - low) * random.bits()) / 2 ** 32));
const repeated = (parts: [string | null, number][]) => categories(parts.flatMap(([name, count]) => new Array<string | null>(count).fill(name)));

describe('a profile', () => {
  it('survives a way through JSON without a change', () => {
    const columns = { x: numbers([3, NaN, 1, 2]), c: categories(['b', null, 'a', 'b']) };
    const made = profileTable({ rows: 4, time: new Float64Array(4), columns });
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
    expect(made).toEqual({
      x: { kind: 'number', rows: 4, missing: 1, mean: 2, sd: Math.sqrt(2 / 3), constant: false, sample: [1, 2, 3] },
      c: { kind: 'category', rows: 4, missing: 1, constant: false, counts: { a: 1, b: 2 } },
    });
  });

  it('of many rows keeps ten thousand, the extremes among them', () => {
    const column = uniform(25_000);
    const { sample, rows } = profile(column) as NumberProfile;
    expect([sample.length, rows]).toEqual([10_000, 25_000]);
    expect([sample[0], sample.at(-1)]).toEqual([column.values.reduce((a, b) => Math.min(a, b)), column.values.reduce((a, b) => Math.max(a, b))]);
  });

  it('of the same rows differs from them by one step at most', () => {
    const column = uniform(25_000);
    expect(compareColumn('x', profile(column, undefined, 500), column).test.statistic).toBeLessThanOrEqual(1 / 500);
  });

  it('looks at the given rows only', () => {
    expect(profile(numbers([1, 5, 5, 9]), { from: 1, to: 3 })).toMatchObject({ rows: 2, constant: true, mean: 5, sd: 0 });
    expect(profile(categories(['a', 'b', 'b']), { from: 1, to: 3 })).toMatchObject({ rows: 2, constant: true, counts: { b: 2 } });
  });

  it('of a column without any value is neither constant nor NaN', () => {
    expect(profile(numbers([NaN, NaN]))).toEqual({ kind: 'number', rows: 2, missing: 2, mean: 0, sd: 0, constant: false, sample: [] });
  });
});

describe('a column', () => {
  it('that stays as it was has not drifted', () => {
    const drift = compareColumn('x', profile(uniform(2000)), uniform(1000));
    expect(drift).toMatchObject({ drifted: false, firstVariation: false, kind: 'number', test: { name: 'ks' } });
    expect(drift.effect.value).toBeLessThan(0.2);
  });

  it('that moves by one standard deviation has drifted by one', () => {
    const drift = compareColumn('x', profile(uniform(2000)), uniform(1000, 0.289, 1.289));
    expect(drift.effect.value).toBeCloseTo(1, 1);
    expect(drift.drifted).toBe(true);
  });

  it('that differs surely but hardly has not drifted', () => {
    const drift = compareColumn('x', profile(uniform(9000)), uniform(9000, 0.05, 1.05));
    expect(drift.test.p).toBeLessThan(1e-6);
    expect(drift.drifted).toBe(false);
  });

  it('of four rows that may differ by chance has not drifted', () => {
    const drift = compareColumn('x', profile(numbers([0, 0.1, 0.9, 1])), numbers([0.9, 1, 1.1, 0.8]));
    expect(drift.effect.value).toBeGreaterThan(drift.effect.threshold);
    expect(drift.drifted).toBe(false);
  });

  it('has its own threshold where one is given', () => {
    const [reference, now] = [profile(uniform(2000)), uniform(1000, 0.1, 1.1)];
    expect(compareColumn('x', reference, now).drifted).toBe(false);
    expect(compareColumn('x', reference, now, { thresholds: { number: 0.1 } }).drifted).toBe(true);
  });

  it('counts its missing values and leaves them out', () => {
    const drift = compareColumn('x', profile(numbers([1, 2, 3, NaN])), numbers([NaN, NaN, 1, 2, 3, NaN]));
    expect(drift.missing).toEqual({ reference: 0.25, now: 0.5 });
    expect(drift.test.statistic).toBe(0);
  });

  it('that is missing altogether gives finite numbers', () => {
    const drift = compareColumn('x', profile(numbers([1, 2])), numbers([NaN, NaN]));
    expect(JSON.parse(JSON.stringify(drift))).toEqual(drift);
    expect(drift).toMatchObject({ missing: { now: 1 }, firstVariation: false, drifted: false, test: { p: 1 } });
  });

  it('of categories names the new ones and those that vanished', () => {
    const reference = profile(repeated([['hydro', 60], ['coal', 40]]));
    const now = repeated([['coal', 30], ['wind', 20], [null, 50]]);
    const drift = compareColumn('fuel', reference, now);
    expect(drift).toMatchObject({ newCategories: ['wind'], drifted: true, kind: 'category', test: { name: 'chi2' }, missing: { now: 0.5 } });
    expect(reference.kind === 'category' && categoryChanges(reference, now)).toEqual({ appeared: ['wind'], vanished: ['hydro'] });
  });

  it('may have categories with the names of object properties', () => {
    const drift = compareColumn('c', profile(repeated([['a', 5]])), repeated([['constructor', 3], ['__proto__', 2]]));
    expect(drift.newCategories).toEqual(['__proto__', 'constructor']);
    const prototype = profile(repeated([['__proto__', 3]]));
    expect(compareColumn('c', JSON.parse(JSON.stringify(prototype)), repeated([['__proto__', 3]])).newCategories).toEqual([]);
  });

  it('of another kind than its reference is refused by name', () => {
    expect(() => compareColumn('fuel', profile(numbers([1])), categories(['a']))).toThrow('column fuel is of kind category, its reference of kind number');
  });
});

describe('the first variation', () => {
  const constant = profile(numbers(new Array<number>(100).fill(0.4)));
  it.each([
    ['stays', [0.4, 0.4, NaN], false],
    ['varies in one row', [0.4, 0.4, 0.41], true],
    ['jumps to another constant', [0.7, 0.7, 0.7], true],
  ])('of a constant column that %s', (_, values, expected) => {
    const drift = compareColumn('x', constant, numbers(values));
    expect(drift.firstVariation).toBe(expected);
    expect(Number.isFinite(drift.effect.value)).toBe(true);
  });

  it('is still found when the reference already holds the first few rows of it', () => {
    const nearly = profile(numbers([...new Array<number>(96).fill(0.4), 0.1, 0.2, 0.6, 0.9]));
    expect(compareColumn('x', nearly, uniform(100)).firstVariation).toBe(true);
    expect(compareColumn('x', nearly, numbers([...new Array<number>(60).fill(0.4), ...uniform(40).values])).firstVariation).toBe(false);
  });

  it('is not seen in a column that has varied before and was only still for a while', () => {
    expect(compareColumn('x', { ...constant, constant: false }, uniform(100)).firstVariation).toBe(false);
  });

  it('of a category is a second category', () => {
    const reference = profile(repeated([['on', 50]]));
    expect(compareColumn('state', reference, repeated([['on', 49], ['off', 1]])).firstVariation).toBe(true);
    expect(compareColumn('state', reference, repeated([['on', 49], [null, 1]])).firstVariation).toBe(false);
  });
});

describe('many columns', () => {
  const table = (columns: Table['columns']): Table => ({ rows: 40, time: new Float64Array(40), columns });

  it('are held to one level together', () => {
    // p is 0.027: below .05 alone, not as one of three.
    const reference = numbers(Array.from({ length: 40 }, (_, i) => i));
    const moved = numbers(Array.from({ length: 40 }, (_, i) => i + 12.5));
    const alone = compareColumns(profileTable(table({ a: reference })), table({ a: moved }));
    expect(alone[0]!.test.p).toBeGreaterThan(0.05 / 3);
    expect(alone[0]).toMatchObject({ drifted: true });
    const together = compareColumns(profileTable(table({ a: reference, b: reference, c: reference })), table({ a: moved, b: reference, c: reference }));
    expect(together.map(({ drifted }) => drifted)).toEqual([false, false, false]);
  });

  it('must all be there', () => {
    expect(() => compareColumns(profileTable(table({ a: numbers([1]), b: numbers([1]) })), table({ a: numbers([1]) }))).toThrow('column b of the reference is missing from the new rows; they have: a');
  });
});
