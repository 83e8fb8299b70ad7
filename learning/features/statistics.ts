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

/** Whether the values differ by more than rounding. */
export const varies = (statistics: Statistics): boolean => deviation(statistics) > 1e-10 * Math.abs(statistics.mean);

/** Population sd; 1 for values that do not vary. */
export const scaleOf = (statistics: Statistics): number => (varies(statistics) ? deviation(statistics) : 1);

const deviation = ({ count, m2 }: Statistics): number => (count === 0 ? 0 : Math.sqrt(m2 / count));
