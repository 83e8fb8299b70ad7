import { countBelow, quantile } from './ascending';

const bins = 10;
const floor = 1e-4;

/**
 * Population stability index: Σ (q - p) ln(q / p) over bins, p and q the shares of the reference and of the new values.
 * Siddiqi, "Credit Risk Scorecards" (2006). There is no one PSI: public implementations differ by a factor of 24 on
 * the same column. This one has 10 bins between the reference's deciles (equal deciles merged, the outer bins open,
 * a value on an edge in the upper bin), and no share below 0.0001.
 *
 * A reference whose deciles all coincide leaves one bin, so its PSI is 0 however far the column moves: a constant
 * column must be judged by its first variation, not by PSI. 0 also where a sample is empty.
 *
 * @param reference ascending, no NaN (see `ascending`)
 * @param now ascending, no NaN
 * @example psi(ascending(lastYear), ascending(thisWeek)) // 0.64
 */
export function psi(reference: ArrayLike<number>, now: ArrayLike<number>): number {
  if (reference.length === 0 || now.length === 0) return 0;
  const deciles = Array.from({ length: bins + 1 }, (_, i) => quantile(reference, i / bins));
  // An edge at the least value would leave nothing below it; one at the greatest tells it from all others.
  const edges = [...new Set(deciles.slice(1, -1))].filter((edge) => edge > reference[0]!);
  const p = shares(reference, edges);
  const q = shares(now, edges);
  return p.reduce((sum, share, i) => sum + term(share, q[i]!), 0);
}

function shares(sorted: ArrayLike<number>, edges: number[]): number[] {
  const counts = [0, ...edges.map((edge) => countBelow(sorted, edge)), sorted.length];
  return counts.slice(1).map((count, i) => (count - counts[i]!) / sorted.length);
}

function term(reference: number, now: number): number {
  const [p, q] = [Math.max(reference, floor), Math.max(now, floor)];
  return (q - p) * Math.log(q / p);
}

/** The same index over categories, each a bin of its own. */
export function psiOfCounts(reference: readonly number[], now: readonly number[]): number {
  const [n, m] = [total(reference), total(now)];
  return n === 0 || m === 0 ? 0 : reference.reduce((sum, count, i) => sum + term(count / n, now[i]! / m), 0);
}

const total = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
