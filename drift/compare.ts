import { InvalidInput } from '../contracts/errors';
import type { CategoryColumn, CategoryProfile, Column, ColumnDrift, ColumnProfile, NumberColumn, NumberProfile, Profile, RowRange, Table } from '../contracts';
import { ascending, countBelow } from './ascending';
import { chi2 } from './chi2';
import { holm } from './holm';
import { jensenShannon } from './jensen-shannon';
import { ksPValue, ksStatistic } from './ks';
import { countCategories } from './profile';
import { psi, psiOfCounts } from './psi';
import { commonest, firstVariation } from './variation';
import { wasserstein } from './wasserstein';

/** From where on a change counts. */
export interface DriftThresholds {
  /** Numbers: Wasserstein distance in standard deviations of the reference; 0.5, a medium effect. */
  number: number;
  /** Categories: Jensen-Shannon distance; 0.1. */
  category: number;
  /** Level of the tests, held over all columns of one comparison (Holm); 0.05. */
  level: number;
}

export const defaultThresholds: DriftThresholds = { number: 0.5, category: 0.1, level: 0.05 };

export interface CompareOptions {
  thresholds?: Partial<DriftThresholds>;
  /** Rows to compare; all where it is left out. */
  range?: RowRange;
}

/**
 * How far the new rows of one column are from its reference: an effect, which says how much, and a test, which says
 * whether chance explains it. Neighbouring rows are alike, so the test is far too sure of itself; the effect decides,
 * and the test only keeps small samples from shouting.
 *
 * A number column's effect is the Wasserstein distance in standard deviations of the reference (of the new rows where
 * the reference is constant; 1 where both are). The test is Kolmogorov-Smirnov for numbers, chi-squared for categories.
 *
 * @param column name, for the result and the messages
 * @throws InvalidInput where the reference is of another kind
 * @example compareColumn('nsw_price', profile(column, { from: 0, to: 4032 }), column, { range: { from: 4032, to: 8064 } })
 */
export function compareColumn(column: string, reference: ColumnProfile, now: Column, options: CompareOptions = {}): ColumnDrift {
  const thresholds = { ...defaultThresholds, ...options.thresholds };
  const measured = measure(column, reference, now, options.range, thresholds);
  return { ...measured, drifted: isDrifted(measured, measured.test.p, thresholds) };
}

/**
 * `compareColumn` for every column of the reference, with Holm's correction over all of them: `drifted` counts the
 * corrected p-value, `test.p` is the column's own. Columns that the reference does not know are left out.
 *
 * @throws InvalidInput where a column of the reference is missing from the table
 */
export function compareColumns(reference: Profile, now: Table, options: CompareOptions = {}): ColumnDrift[] {
  const thresholds = { ...defaultThresholds, ...options.thresholds };
  const measured = Object.entries(reference).map(([name, known]) => {
    const column = now.columns[name];
    if (!column) throw new InvalidInput(`column ${name} of the reference is missing from the new rows; they have: ${Object.keys(now.columns).join(', ')}`);
    return measure(name, known, column, options.range, thresholds);
  });
  const corrected = holm(measured.map(({ test }) => test.p));
  return measured.map((column, i) => ({ ...column, drifted: isDrifted(column, corrected[i]!, thresholds) }));
}

/** Categories that occur for the first time, and those that no longer do, in alphabetical order. */
export function categoryChanges(reference: CategoryProfile, now: CategoryColumn, range?: RowRange): { appeared: string[]; vanished: string[] } {
  const { counts } = countCategories(now, range);
  const known = Object.keys(reference.counts);
  return {
    appeared: [...counts.keys()].filter((name) => !Object.hasOwn(reference.counts, name)).sort(),
    vanished: known.filter((name) => !counts.has(name)).sort(),
  };
}

type Measured = Omit<ColumnDrift, 'drifted'>;

function isDrifted({ effect }: Measured, p: number, { level }: DriftThresholds): boolean {
  return effect.value > effect.threshold && p < level;
}

function measure(column: string, reference: ColumnProfile, now: Column, range: RowRange | undefined, thresholds: DriftThresholds): Measured {
  if (reference.kind === 'number' && now.kind === 'number') return measureNumbers(column, reference, now, range, thresholds.number);
  if (reference.kind === 'category' && now.kind === 'category') return measureCategories(column, reference, now, range, thresholds.category);
  throw new InvalidInput(`column ${column} is of kind ${now.kind}, its reference of kind ${reference.kind}: hold the schema, or take a new reference`);
}

function measureNumbers(column: string, reference: NumberProfile, now: NumberColumn, range: RowRange | undefined, threshold: number): Measured {
  const values = now.values.subarray(range?.from ?? 0, range?.to ?? now.values.length);
  const sorted = ascending(values);
  const statistic = ksStatistic(reference.sample, sorted);
  return {
    column,
    kind: 'number',
    test: { name: 'ks', statistic, p: ksPValue(statistic, reference.rows - reference.missing, sorted.length) },
    effect: { name: 'wasserstein/sd', value: inDeviations(wasserstein(reference.sample, sorted), reference, sorted), threshold },
    psi: psi(reference.sample, sorted),
    firstVariation: firstVariation(reference, 1 - shareOf(sorted, commonest(reference)?.value as number | undefined)),
    newCategories: [],
    missing: { reference: share(reference.missing, reference.rows), now: share(values.length - sorted.length, values.length) },
  };
}

function measureCategories(column: string, reference: CategoryProfile, now: CategoryColumn, range: RowRange | undefined, threshold: number): Measured {
  const { counts, rows, missing } = countCategories(now, range);
  const names = [...new Set([...Object.keys(reference.counts), ...counts.keys()])];
  const before = names.map((name) => (Object.hasOwn(reference.counts, name) ? reference.counts[name]! : 0));
  const after = names.map((name) => counts.get(name) ?? 0);
  const usual = commonest(reference);
  const present = rows - missing;
  return {
    column,
    kind: 'category',
    test: { name: 'chi2', ...chi2(before, after) },
    effect: { name: 'jensen-shannon', value: jensenShannon(before, after), threshold },
    psi: psiOfCounts(before, after),
    firstVariation: firstVariation(reference, usual === null || present === 0 ? 0 : 1 - (counts.get(usual.value as string) ?? 0) / present),
    newCategories: names.filter((_, i) => before[i] === 0 && after[i]! > 0).sort(),
    missing: { reference: share(reference.missing, reference.rows), now: share(missing, rows) },
  };
}

function inDeviations(distance: number, reference: NumberProfile, now: Float64Array): number {
  if (distance === 0) return 0;
  return distance / (reference.sd || deviation(now) || distance);
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values[0] === values[values.length - 1] ? 0 : Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** The share of one value among ascending ones; 1 where there is nothing to compare. */
function shareOf(sorted: Float64Array, value: number | undefined): number {
  if (value === undefined || sorted.length === 0) return 1;
  let last = countBelow(sorted, value);
  const first = last;
  while (last < sorted.length && sorted[last] === value) last++;
  return (last - first) / sorted.length;
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
