/** An input whose column is gone. */
interface Holdable {
  /** Encoded as if its value was missing in every row: the model keeps the input, and it says the same for ever. */
  held?: true;
}

/** One number column: its running statistics over all rows that the lineage was fitted on, in float64. */
export interface NumberInput extends Holdable {
  kind: 'number';
  column: string;
  /** Values that were there. */
  count: number;
  mean: number;
  /** Sum of the squared distances from the mean (Welford 1962). */
  m2: number;
  /** What a value is encoded relative to, and what stands in for a missing one: the mean of the first values that there were. Never moves then. */
  origin: number;
  /** A second input that is 1 where the value is missing: there, or not, for ever. */
  indicator: boolean;
}
/** One category column as one input per level and a last one for everything unknown or missing. */
export interface CategoryInput extends Holdable {
  kind: 'category';
  column: string;
  levels: string[];
}
/** A cycle of time as its sine and cosine. */
export interface CycleInput extends Holdable {
  kind: 'cycle';
  cycle: Cycle;
}
export type Cycle = 'day' | 'week' | 'year';
export type Input = NumberInput | CategoryInput | CycleInput;

/** Groups of classes that compete only with each other, and the column that says which group a row belongs to. */
export interface Heads {
  column: string;
  names: string[];
  /** The classes of each, as indices in ascending order. */
  classes: number[][];
}

/** How rows become the model's inputs: plain JSON, saved with the model. */
export interface Features {
  format: 1;
  label: string;
  /** Names of the classes, by their index. */
  classes: string[];
  inputs: Input[];
  /** Number of the model's inputs. */
  width: number;
  /** running: each number column is scaled by its own statistics, which later rows move. shared: all inputs alike, for ever (pixels). */
  scaler: 'running' | 'shared';
  /** Where a row's class competes only with those of its head. */
  heads?: Heads;
  /** Mean and sd over all inputs where the scaler is shared. */
  shared: { mean: number; sd: number } | null;
}

export interface FeatureSpec {
  label: string;
  /** The column that says which head a row belongs to; all classes compete where it is left out. */
  head?: string;
  exclude: string[];
  cycles: Cycle[];
  scaler: 'running' | 'shared';
}
