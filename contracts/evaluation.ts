import type { LossSummary } from './version';

/** Champion and challenger on the same rows. Accuracies are shares in 0..1. */
export interface Comparison {
  rows: number;
  champion: number | null;
  challenger: number;
  /** Of the difference in error rate, challenger minus champion: positive is worse. One-sided bounds at the gates' confidence. */
  difference: { estimate: number; lower: number; upper: number } | null;
}

export interface SuiteResult {
  name: string;
  rows: number;
  best: number;
  champion: number | null;
  challenger: number;
  /** The challenger's accuracy on such rows is below it, with the pipeline's confidence; absent in runs of releases that went by `challenger` alone. */
  upper?: number;
}

/** What was measured of one challenger; gates judge it, people read it. */
export interface Evaluation {
  fresh: Comparison;
  suites: SuiteResult[];
  /** The challenger's loss on the fresh rows; the first champion's is what the first drift is measured against. */
  loss: LossSummary;
  /** Accuracy of repeating the last label on the fresh rows, and kappa-temporal of the challenger against it. */
  persistence: number;
  kappaTemporal: number;
  sanity: {
    finite: boolean;
    /** Distinct classes among the challenger's predictions, and among the labels. */
    predicted: number;
    present: number;
  };
}

export type GateOutcome = 'pass' | 'doubt' | 'fail';
export interface GateResult {
  gate: 'fresh-rows' | 'suites' | 'sanity' | 'evidence' | 'surgery';
  outcome: GateOutcome;
  because: string;
}
export interface Verdict {
  outcome: GateOutcome;
  gates: GateResult[];
}
