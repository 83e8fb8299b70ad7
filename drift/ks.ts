import { kolmogorovTail } from './kolmogorov';

/**
 * Two-sample Kolmogorov-Smirnov statistic: the largest distance between the two empirical distribution functions.
 * Kolmogorov (1933), Smirnov (1939). 0 where a sample is empty.
 *
 * @param x ascending, no NaN (see `ascending`)
 * @param y ascending, no NaN
 * @example ksStatistic(ascending([1, 2, 3]), ascending([2, 3, 4])) // 0.333…
 */
export function ksStatistic(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let largest = 0;
  let i = 0;
  let j = 0;
  while (i < x.length && j < y.length) {
    const value = Math.min(x[i]!, y[j]!);
    while (i < x.length && x[i] === value) i++;
    while (j < y.length && y[j] === value) j++;
    largest = Math.max(largest, Math.abs(i / x.length - j / y.length));
  }
  return largest;
}

/** Samples up to this size get the exact distribution, as in scipy's `ks_2samp(method='auto')`. */
const exactUpTo = 10_000;
/** Counting paths takes some 10 ns a cell of the band: 0.05 s a column at most. */
const mostCells = 5_000_000;

/**
 * P-value of the two-sided two-sample Kolmogorov-Smirnov test, for independent rows: the exact one where both samples
 * have at most 10,000 values (Hodges 1957), else the one-sample distribution at n·m / (n + m) observations.
 * The same choice and the same digits as scipy's `ks_2samp`, but for samples of thousands of rows, unequal in size and
 * far apart (2 · statistic · n · m above 5 million): there counting takes up to a second, and the one-sample distribution
 * serves, which is some per cent off in p. 1 where a sample is empty.
 *
 * @param statistic from `ksStatistic`
 * @param n values in one sample
 * @param m values in the other
 */
export function ksPValue(statistic: number, n: number, m: number): number {
  if (n === 0 || m === 0 || statistic === 0) return 1;
  const exact = Math.max(n, m) <= exactUpTo;
  if (exact && n === m) return Math.min(1, equalSizes(n, Math.round(statistic * n)));
  if (exact && 2 * statistic * n * m <= mostCells) return Math.min(1, pathsOutside(n, m, statistic));
  return kolmogorovTail(Math.max(1, Math.round((n * m) / (n + m))), statistic);
}

/** Two samples of n: 2 Σ (-1)^(k-1) C(2n, n-kh) / C(2n, n), nested so that no term cancels another. */
function equalSizes(n: number, h: number): number {
  let inner = 0;
  for (let k = Math.floor(n / h); k >= 1; k--) {
    let ratio = 1;
    const done = (k - 1) * h;
    for (let j = 0; j < h; j++) ratio *= (n - done - j) / (n + done + j + 1);
    inner = ratio * (1 - inner);
  }
  return 2 * inner;
}

/**
 * The share of the lattice paths from (0, 0) to (n, m) that leave the band |x/n - y/m| < statistic. Summing what
 * leaves, not what stays, keeps every digit of a small p-value. Only the columns' part inside the band is visited.
 */
function pathsOutside(n: number, m: number, statistic: number): number {
  const divisor = greatestCommonDivisor(n, m);
  const [stepX, stepY] = [m / divisor, n / divisor];
  const limit = Math.round(statistic * (n / divisor) * m);
  const outside = new Float64Array(m + 1).fill(1);
  for (let x = 0; x <= n; x++) {
    const first = Math.max(0, Math.floor((stepX * x - limit) / stepY) + 1);
    const last = Math.min(m, Math.ceil((stepX * x + limit) / stepY) - 1);
    if (last < first) return 1;
    if (first > 0) outside[first - 1] = 1;
    for (let y = first; y <= last; y++) {
      if (x + y === 0) outside[0] = 0;
      else outside[y] = ((x > 0 ? x * outside[y]! : 0) + (y > 0 ? y * outside[y - 1]! : 0)) / (x + y);
    }
  }
  return outside[m]!;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
