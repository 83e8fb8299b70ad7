import { mean, standardDeviation } from '../training/statistics';
import { policies, type Policy } from './policies';
import type { StreamResult } from './one';

/** One policy on one stream, over the seeds. */
export interface Row {
  policy: Policy;
  accuracy: number;
  sd: number;
  kappaTemporal: number;
  cpuSeconds: number;
  seconds: number;
  rows: number;
  reference: number | null;
  /** Accuracy of each period, mean over the seeds. */
  periods: number[];
}
export interface Summary {
  stream: string;
  note: string;
  persistence: number;
  rows: Row[];
}
/** How much better the first is than the second, in points, with the standard error over the periods. */
export interface Difference {
  points: number;
  error: number;
}

export function summarise(stream: string, results: StreamResult[]): Summary {
  const rows = policies.map((policy, i): Row => {
    const outcomes = results.map(({ outcomes }) => outcomes[i]!);
    const over = (value: (outcome: (typeof outcomes)[number]) => number) => outcomes.map(value);
    return {
      policy,
      accuracy: mean(over(({ accuracy }) => accuracy)),
      sd: standardDeviation(over(({ accuracy }) => accuracy)),
      kappaTemporal: mean(over(({ kappaTemporal }) => kappaTemporal)),
      cpuSeconds: mean(over(({ cpuSeconds }) => cpuSeconds)),
      seconds: mean(over(({ seconds }) => seconds)),
      rows: mean(over(({ rows }) => rows)),
      reference: policy.reference?.[stream] ?? null,
      periods: outcomes[0]!.periods.map((_, period) => mean(over(({ periods }) => periods[period]!))),
    };
  });
  return { stream, note: results[0]!.note, persistence: results[0]!.persistence, rows };
}

export const rowOf = ({ rows }: Summary, name: string): Row => rows.find(({ policy }) => policy.name === name)!;

/** Neighbouring rows are alike, so periods are what is compared: pair by pair. */
export function difference(summary: Summary, first: string, second: string): Difference {
  const [a, b] = [rowOf(summary, first), rowOf(summary, second)];
  const each = a.periods.map((value, i) => 100 * (value - b.periods[i]!));
  return { points: mean(each), error: standardDeviation(each) / Math.sqrt(each.length) };
}

/** What stateful training saves: rows and processor time of one policy over those of another. */
export function saved(summary: Summary, stateless: string, stateful: string): { rows: number; cpuSeconds: number } {
  const [a, b] = [rowOf(summary, stateless), rowOf(summary, stateful)];
  return { rows: a.rows / b.rows, cpuSeconds: a.cpuSeconds / b.cpuSeconds };
}
