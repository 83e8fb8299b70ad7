import type { ColumnProfile } from '../contracts';

/** A reference that holds one value in at least this share of its rows has hardly varied. */
const hardlyVaried = 0.95;

/** The commonest value of a reference: a number, or the name of a category. Null where it has no value at all. */
export function commonest(reference: ColumnProfile): { value: number | string; share: number } | null {
  return reference.kind === 'number' ? longestRun(reference.sample) : largestCount(reference.counts);
}

/**
 * Whether a column that was constant has begun to vary: any other value, where the reference has one value only; other
 * values in most rows, where it holds one value in at least 95 % of its rows. The second rule is for the period after
 * the one in which the change fell, whose few changed rows are in the reference by then. A reference of one value that
 * is not marked constant is known to vary, and was only still for a while: its next move is not its first.
 *
 * @param reference the column's profile
 * @param otherwise share of the new rows, missing ones left out, that do not hold the reference's commonest value
 */
export function firstVariation(reference: ColumnProfile, otherwise: number): boolean {
  if (reference.constant) return otherwise > 0;
  const { share } = commonest(reference) ?? { share: 0 };
  return share >= hardlyVaried && share < 1 && otherwise > 0.5;
}

function longestRun(sorted: readonly number[]): { value: number; share: number } | null {
  let best: { value: number; length: number } | null = null;
  for (let start = 0, i = 1; i <= sorted.length; i++) {
    if (i < sorted.length && sorted[i] === sorted[start]) continue;
    if (best === null || i - start > best.length) best = { value: sorted[start]!, length: i - start };
    start = i;
  }
  return best && { value: best.value, share: best.length / sorted.length };
}

function largestCount(counts: Readonly<Record<string, number>>): { value: string; share: number } | null {
  const entries = Object.entries(counts);
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  const [value, count] = entries.reduce((best, entry) => (entry[1] > best[1] ? entry : best), ['', 0]);
  return total === 0 ? null : { value, share: count / total };
}
