import { backwardTransfer, forgetting, learningAccuracy, minimumAccuracy } from '../../learning/accuracy-matrix';
import type { TextRow } from '../../reports';
import { mean, standardDeviation } from '../training/statistics';
import type { Kept } from './kept';
import type { Method, Protocol, Reference } from './protocol';

/** What one method gave over all seeds. Accuracies are shares, 0..1. */
export interface Summary {
  protocol: string;
  method: string;
  /** As it was configured: rows, bytes, or none. */
  memory: string;
  /** Bytes carried from task to task beyond the model, at most. */
  carried: number;
  seeds: number;
  accuracy: number;
  sd: number;
  reference: number | null;
  source: string | null;
  /** Of ours from the reference; null without one. */
  difference: number | null;
  /** null where nothing is asked. */
  reached: boolean | null;
  /** Of the stream: null for joint training. */
  forgetting: number | null;
  backward: number | null;
  learning: number | null;
  lowest: number | null;
  /** Mean accuracy on the tasks so far after each. */
  course: number[] | null;
  seconds: number;
  forms: string[];
}

const tolerance = { 'at least': 0.005, 'at least (chart)': 0.01, 'within 3 points': 0.03 };
/** How far the default may lie below the best method that carries no more than it may; a hundredth more is as much. */
const besideOurs = 0.005;
const asMuch = 1.01;

/** Sums up a protocol's runs, in the order of its methods. */
export function summarise(protocol: Protocol, methods: Method[], runs: Kept[]): Summary[] {
  const summaries = methods.flatMap((method) => {
    const own = runs.filter((run) => run.method === method.name);
    return own.length > 0 ? [summaryOf(protocol, method, own)] : [];
  });
  return summaries.map((summary) => {
    const { bytes } = methods.find(({ name }) => name === summary.method)!.strategy(0).options as { bytes?: number };
    return summary.source === null && summary.method.startsWith('default') ? besideTheBest(summary, bytes!, summaries) : summary;
  });
}

function summaryOf(protocol: Protocol, method: Method, runs: Kept[]): Summary {
  const accuracies = runs.map(({ accuracy }) => accuracy);
  const matrices = runs.flatMap(({ matrix }) => (matrix ? [matrix] : []));
  const over = (of: (matrix: number[][]) => number): number | null => (matrices.length > 0 ? mean(matrices.map(of)) : null);
  const accuracy = mean(accuracies);
  return {
    protocol: protocol.name,
    method: method.name,
    memory: memoryOf(protocol, method),
    carried: Math.max(...runs.map(({ carried }) => carried)),
    seeds: runs.length,
    accuracy,
    sd: standardDeviation(accuracies),
    ...judged(accuracy, method.reference),
    forgetting: over(forgetting),
    backward: over(backwardTransfer),
    learning: over(learningAccuracy),
    lowest: over((matrix) => minimumAccuracy(matrix.slice(0, -1).map((_, task) => matrix.slice(task).map((row) => row[task]!)))),
    course: matrices[0]?.map((row, t) => mean(row.map((_, j) => mean(matrices.map((matrix) => matrix[t]![j]!))))) ?? null,
    seconds: mean(runs.map(({ seconds }) => seconds)),
    forms: [...new Set(runs.flatMap(({ forms }) => forms))],
  };
}

function judged(accuracy: number, reference: Reference | undefined): Pick<Summary, 'reference' | 'source' | 'difference' | 'reached'> {
  if (!reference) return { reference: null, source: null, difference: null, reached: null };
  const difference = accuracy - reference.accuracy;
  const { asked } = reference;
  const off = asked === 'within 3 points' ? Math.abs(difference) : -difference;
  return { reference: reference.accuracy, source: reference.source, difference, reached: asked ? off <= tolerance[asked] + 1e-9 : null };
}

/** The default stands beside the best method here that carries no more than the default may. */
function besideTheBest(own: Summary, bytes: number, all: Summary[]): Summary {
  const rivals = all.filter(({ method, carried }) => method !== own.method && carried <= asMuch * bytes);
  if (rivals.length === 0) return own;
  const best = rivals.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const difference = own.accuracy - best.accuracy;
  return { ...own, reference: best.accuracy, source: `here: ${best.method}`, difference, reached: difference >= -besideOurs - 1e-9 };
}

function memoryOf({ stream }: Protocol, { strategy }: Method): string {
  const { name, options } = strategy(stream.tasks - 1);
  if (name === 'joint') return 'all rows';
  const { memory, bytes } = options as { memory?: number; bytes?: number };
  return memory !== undefined ? `${memory.toLocaleString('en')} rows` : bytes !== undefined ? `${bytes.toLocaleString('en')} B` : 'none';
}

const points = (share: number | null): string | null => (share === null ? null : (100 * share).toFixed(2));

/** The results beside their references, in per cent. */
export const resultRow = ({ method, memory, carried, seeds, accuracy, sd, reference, source, difference, reached }: Summary): TextRow => ({
  method,
  memory,
  'carried, B': carried.toLocaleString('en'),
  accuracy: `${points(accuracy)} ± ${points(sd)}`,
  seeds,
  reference: points(reference),
  difference: difference === null ? null : `${difference < 0 ? '' : '+'}${points(difference)}`,
  reached: reached === null ? null : reached ? 'yes' : 'NO',
  source,
});

/** What happened on the way, in per cent. */
export const courseRow = ({ method, forgetting, backward, learning, lowest, seconds, forms }: Summary): TextRow => ({
  method,
  forgetting: points(forgetting),
  'backward transfer': points(backward),
  'learning accuracy': points(learning),
  'lowest of a task': points(lowest),
  'seconds a run': seconds.toFixed(0),
  steps: forms.join(', '),
});
