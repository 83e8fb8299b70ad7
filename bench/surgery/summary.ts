import { median } from '../lifecycle/figures';
import { runningMeans } from './curve';
import type { SurgeryResult } from './one';

/** How far below the scratch model's final accuracy a running mean may lie to count as there, and to count as level at the end. */
export const [reaching, ending] = [0.002, 0.003];

/** One case over the seeds; medians. Accuracies are means over 200 steps. */
export interface Summary {
  name: string;
  note: string;
  steps: number;
  /** The first step at whose end the running mean holds the goal, from scratch and after the surgery; Infinity where it never does. */
  scratchSteps: number;
  surgerySteps: number;
  /** The second over the first, seed by seed; 1 stands for all steps of a seed from scratch. */
  share: number;
  shares: number[];
  scratch: number;
  first: number;
  surgery: number;
  /** After the surgery less from scratch, at the end, in points. */
  gaps: number[];
  gap: number;
  /** Of all seeds the worst. */
  difference: number;
  agreement: number;
  preserved: boolean;
  kept: number;
  /** Running means of the first seed. */
  curves: { scratch: number[]; surgery: number[] };
}

export function summarise(name: string, results: SurgeryResult[]): Summary {
  const seeds = results.map((result) => {
    const [scratch, surgery] = [runningMeans(result.scratch), runningMeans(result.surgery)];
    const goal = scratch.at(-1)!.mean - reaching;
    const reached = (means: typeof scratch): number => means.find(({ mean }) => mean >= goal)?.step ?? Infinity;
    return { scratchSteps: reached(scratch), surgerySteps: reached(surgery), scratch: scratch.at(-1)!.mean, first: surgery[0]!.mean, surgery: surgery.at(-1)!.mean };
  });
  const middle = (value: (seed: (typeof seeds)[number]) => number): number => median(seeds.map(value));
  const shares = seeds.map(({ scratchSteps, surgerySteps }) => surgerySteps / scratchSteps);
  const gaps = seeds.map(({ scratch, surgery }) => 100 * (surgery - scratch));
  const means = (accuracies: number[]): number[] => runningMeans(accuracies).map(({ mean }) => mean);
  return {
    name,
    note: results[0]!.note,
    steps: results[0]!.steps,
    scratchSteps: middle((seed) => seed.scratchSteps),
    surgerySteps: middle((seed) => seed.surgerySteps),
    share: median(shares),
    shares,
    scratch: middle((seed) => seed.scratch),
    first: middle((seed) => seed.first),
    surgery: middle((seed) => seed.surgery),
    gaps,
    gap: median(gaps),
    difference: Math.max(...results.map(({ check }) => check.difference)),
    agreement: Math.min(...results.map(({ check }) => check.agreement)),
    preserved: results.every(({ preserved }) => preserved),
    kept: results[0]!.kept,
    curves: { scratch: means(results[0]!.scratch), surgery: means(results[0]!.surgery) },
  };
}
