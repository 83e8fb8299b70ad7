import type { Pipeline } from '../../contracts';
import type { Features } from '../features';
import type { Learner } from '../learner';
import type { PriorRows } from './prior';
import type { Widening } from './units';

/** What becomes of one variable of the new model, or of one of the champion's that is let go. */
export interface VariablePlan {
  /** Its name in the new model; in the champion's where it is dropped. */
  name: string;
  /** The champion's variable that it comes from, where its name is another. */
  source?: string;
  /** The champion's shape and the new one; null where there is none. */
  from: number[] | null;
  to: number[] | null;
  /**
   * copied: the same numbers (of fewer units, the first ones). widened: more units, or rows for copies of units. zero-padded:
   * it takes more, and gives it no weight yet. remapped: its rows follow a category's levels, or inputs in another order.
   * fresh: it begins anew. dropped: nothing takes it.
   */
  action: 'copied' | 'widened' | 'zero-padded' | 'remapped' | 'fresh' | 'dropped';
  /** Why, where that is not plain: `rows follow the levels of region`. */
  note?: string;
}

/** A surgery that a person can read before anything is written. Plain JSON; `planText` prints it. */
export interface SurgeryPlan {
  variables: VariablePlan[];
  /** Share of the champion's parameters that live on, 0..1. */
  kept: number;
  /**
   * Whether the new model gives the champion's logits, for the champion's classes, for all rows that the champion could
   * take; with columns that are gone held constant for both.
   */
  preserved: boolean;
  /** What a person should know before agreeing: first why the function is not preserved. */
  warnings: string[];
  /** What changed in the data: columns and classes by name, levels by their column. */
  changes: {
    columns: { added: string[]; removed: string[] };
    levels: Record<string, string[]>;
    classes: string[];
    /** Whether the network itself is another one. */
    model: boolean;
  };
}

export interface SurgeryRequest {
  champion: Learner;
  /** The model that the pipeline names now. */
  model: Pipeline['model'];
  /** The features that the rows have now; see `extendFeatures`. Their classes begin with the champion's. */
  features: Features;
  /** Where a layer's weights come from when names and shapes do not say it: new layer → the champion's layer, or null for a fresh one. */
  hints?: Record<string, string | null>;
  /**
   * How layers get wider. zero-outgoing (default): new units take at random and give nothing yet (OpenAI et al., "Dota 2
   * with Large Scale Deep Reinforcement Learning", 2019, appendix B). net2net: they are copies of old ones, and what a
   * unit gives is shared out between it and its copies (Chen, Goodfellow & Shlens, "Net2Net", ICLR 2016).
   */
  widening?: Widening;
  /** Rows that tell how frequent new classes are; without them each counts as frequent as any other class. */
  rows?: PriorRows;
  seed: number;
}

/** How alike two models are on real rows. */
export interface SurgeryCheck {
  rows: number;
  /** The largest difference of a logit that both models have. */
  difference: number;
  /** Share of rows for which both decide alike, 0..1. */
  agreement: number;
}
