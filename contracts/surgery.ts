import type { TrainingMode } from './version';

/** A variable of the new model, and what it is made from; or one of the champion's that is let go. */
export interface SurgeryVariable {
  name: string;
  /** The champion's variable that it comes from, where its name is another. Missing in surgeries of releases that did not record it. */
  source?: string;
  from: number[] | null;
  to: number[] | null;
  action: string;
  note?: string;
}

/** A surgery as a run's history and its evidence hold it. All of it stands in the store: `surgeries/<digest>.json`. */
export interface SurgerySummary {
  digest: string;
  /** What no longer fits, in words: `wind is a new column`. */
  because: string[];
  /** Share of the champion's parameters that live on, 0..1. */
  kept: number;
  /** Whether the new model gives the champion's logits for every row that the champion could take. */
  preserved: boolean;
  warnings: string[];
  /** The first of them, 20 at most; `total` counts them all. */
  variables: SurgeryVariable[];
  total: number;
  /**
   * Champion and operated model on real rows, before any training: the largest difference of a logit (null where one
   * is no finite number), the share of equal decisions. null where no weights go over.
   */
  check: { rows: number; difference: number | null; agreement: number } | null;
  transfer: SurgeryTransfer;
}

/** What of the champion goes over: its weights; its answers, to a new model; what its strategy remembers, to a new model. */
export type SurgeryTransfer = 'weights' | 'distil' | 'memory';

/** A surgery that promises the champion's logits must keep them this well. */
export const exactWithin = 1e-5;

/** A model trained from scratch on the rows and for the steps of a challenger, on the same held-out rows. Never promoted. */
export type Control = ControlSummary | { failed: string };
export interface ControlSummary {
  rows: number;
  steps: number;
  seconds: number;
  /** Accuracies on the held-out rows, 0..1. */
  accuracy: number;
  challenger: number;
  /** Of the difference in error rate, challenger minus control: negative says that the surgery was worth it. */
  difference: { estimate: number; lower: number; upper: number };
}

/** What a training was, for the evidence. */
export interface TrainingSummary {
  mode: TrainingMode;
  strategy: string;
  rows: number;
  steps: number;
  seconds: number;
  /** What the strategy carries to the next training besides the model. */
  memory: { bytes: number; rows: number };
}
