import { upperGamma } from './gamma';

/**
 * Chi-squared test that two samples have the same shares of categories (Pearson 1900), both samples' counts taken as
 * random. With two categories Yates' correction is applied (1934), as scipy's `chi2_contingency` does by default.
 * Categories that occur in neither sample are left out; statistic 0 and p 1 where fewer than two are left or a sample
 * is empty.
 *
 * @param a counts per category of one sample
 * @param b counts of the other, in the same order
 * @example chi2([2431, 1601], [2274, 1758]) // { statistic: 12.417…, p: 0.000425… }
 */
export function chi2(a: readonly number[], b: readonly number[]): { statistic: number; p: number } {
  const pairs = a.map((count, i) => [count, b[i]!] as const).filter(([x, y]) => x + y > 0);
  const n = pairs.reduce((sum, [x]) => sum + x, 0);
  const m = pairs.reduce((sum, [, y]) => sum + y, 0);
  const freedom = pairs.length - 1;
  if (freedom < 1 || n === 0 || m === 0) return { statistic: 0, p: 1 };
  let statistic = 0;
  for (const [x, y] of pairs) {
    const expectedX = ((x + y) * n) / (n + m);
    const expectedY = ((x + y) * m) / (n + m);
    // The two cells of a category differ from what is expected by the same amount.
    const apart = Math.abs(x - expectedX);
    const difference = freedom === 1 ? apart - Math.min(0.5, apart) : apart;
    statistic += difference ** 2 / expectedX + difference ** 2 / expectedY;
  }
  return { statistic, p: upperGamma(freedom / 2, statistic / 2) };
}
