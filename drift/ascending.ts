/**
 * The values that are there, in ascending order: what every statistic of this folder takes. NaN and infinities count
 * as missing and are left out.
 *
 * @example ascending([3, NaN, 1]) // Float64Array [1, 3]
 */
export function ascending(values: ArrayLike<number>): Float64Array {
  const present = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isFinite(value)) present[count++] = value;
  }
  return present.subarray(0, count).sort();
}

/** How many of the ascending values are below the limit, by bisection. */
export function countBelow(sorted: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Quantile with linear interpolation between order statistics (Hyndman & Fan 1996, type 7, NumPy's default).
 *
 * @param sorted ascending, at least one value
 * @param share in 0..1
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}
