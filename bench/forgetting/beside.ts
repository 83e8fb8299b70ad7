import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidInput } from '../../contracts';
import type { TextRow } from '../../reports/table';
import { mean, standardDeviation } from '../training/statistics';
import type { Kept } from './kept';

export const results = resolve(__dirname, '../../../bench/results');

/** Accuracies (0..1) that `npm run bench:forgetting` has recorded, a seed each. Throws where there are none. */
export function recorded(protocol: string, method: string): number[] {
  const { runs } = JSON.parse(readFileSync(join(results, 'forgetting.json'), 'utf8')) as { runs: Kept[] };
  const found = runs.filter((run) => run.protocol === protocol && run.method === method).map(({ accuracy }) => accuracy);
  if (found.length > 0) return found;
  throw new InvalidInput(`bench/results/forgetting.json has no runs of ${method} on ${protocol}; run: npm run bench:forgetting -- ${protocol}`);
}

export interface Difference {
  difference: number;
  standardError: number;
}
/** Of ours from theirs, with the standard error of the difference of the means (Welch). */
export function difference(ours: number[], theirs: number[]): Difference {
  const squaredError = (values: number[]): number => standardDeviation(values) ** 2 / values.length;
  return { difference: mean(ours) - mean(theirs), standardError: Math.sqrt(squaredError(ours) + squaredError(theirs)) };
}

/** Whether a difference may be chance. Of what is no number nothing is known. */
export const withinNoise = (found: Difference): boolean => Math.abs(found.difference) <= 2 * found.standardError;

export const points = (share: number): string => (100 * share).toFixed(2);

/** A line of a table: whose, and how it spreads over the seeds. */
export const spreadRow = (by: string, values: number[]): TextRow => ({
  by, seeds: values.length, accuracy: points(mean(values)), sd: points(standardDeviation(values)), least: points(Math.min(...values)), most: points(Math.max(...values)),
});
