/**
 * Wasserstein-1 distance of two samples (earth mover's distance): the area between their empirical distribution
 * functions, in the unit of the values. Ramdas, García Trillos & Cuturi, Entropy 19 (2017), proposition 1.
 * 0 where a sample is empty.
 *
 * @param x ascending, no NaN (see `ascending`)
 * @param y ascending, no NaN
 * @example wasserstein(ascending([0, 1, 3]), ascending([5, 6, 8])) // 5
 */
export function wasserstein(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length === 0 || y.length === 0) return 0;
  let area = 0;
  let i = 0;
  let j = 0;
  let before = Math.min(x[0]!, y[0]!);
  while (i < x.length || j < y.length) {
    const value = j >= y.length || (i < x.length && x[i]! <= y[j]!) ? x[i]! : y[j]!;
    area += Math.abs(i / x.length - j / y.length) * (value - before);
    before = value;
    while (i < x.length && x[i] === value) i++;
    while (j < y.length && y[j] === value) j++;
  }
  return area;
}
