const sorted = (values: number[]): number[] => [...values].sort((a, b) => a - b);
const at = (values: number[], share: number): number => sorted(values)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? NaN;

export const median = (values: number[]): number => at(values, 0.5);
export const percentiles = (values: number[]) => ({ ms: median(values), p99: at(values, 0.99) });
/** `median (lowest–highest)` */
export const spread = (values: number[], digits = 2): string => `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;

export const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Of a sample: divided by n − 1; 0 for a single value. */
export const standardDeviation = (values: number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / Math.max(1, values.length - 1));
/** Whether the means differ by less than three standard errors of their difference (Welch); of single values, by less than 0.005. */
export function sameWithinNoise(a: number[], b: number[]): boolean {
  const error = Math.sqrt(standardDeviation(a) ** 2 / a.length + standardDeviation(b) ** 2 / b.length);
  return Math.abs(mean(a) - mean(b)) <= (Math.min(a.length, b.length) > 1 ? 3 * error : 0.005);
}
