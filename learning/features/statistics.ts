/** Count, mean and sum of squared distances from the mean, in float64. */
export interface Statistics {
  count: number;
  mean: number;
  m2: number;
}

/** Statistics of the values that are not NaN (Welford, Technometrics 1962). */
export function statisticsOf(values: Float64Array): Statistics {
  let [count, mean, m2] = [0, 0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    count++;
    const distance = value - mean;
    mean += distance / count;
    m2 += distance * (value - mean);
  }
  return { count, mean, m2 };
}

/** Statistics of both sets of values together (Chan, Golub & LeVeque 1979). */
export function merge(a: Statistics, b: Statistics): Statistics {
  if (a.count === 0 || b.count === 0) return a.count === 0 ? { ...b } : { ...a };
  const count = a.count + b.count;
  const distance = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (distance * b.count) / count,
    m2: a.m2 + b.m2 + (distance ** 2 * a.count * b.count) / count,
  };
}

/** Population sd; 1 for values that do not vary, or only by rounding. */
export function scaleOf({ count, mean, m2 }: Statistics): number {
  const sd = count === 0 ? 0 : Math.sqrt(m2 / count);
  return sd > 1e-10 * Math.abs(mean) ? sd : 1;
}
