const sorted = (values: number[]): number[] => [...values].sort((a, b) => a - b);
const at = (values: number[], share: number): number => sorted(values)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? NaN;

export const median = (values: number[]): number => at(values, 0.5);
export const percentiles = (values: number[]) => ({ ms: median(values), p99: at(values, 0.99) });
/** `median (lowest–highest)` */
export const spread = (values: number[], digits = 2): string => `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;
