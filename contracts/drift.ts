/** A column as the champion knew it: enough to compare new rows with, small enough to travel with a version. */
export interface NumberProfile {
  kind: 'number';
  /** Rows profiled, missing ones included. */
  rows: number;
  missing: number;
  mean: number;
  sd: number;
  constant: boolean;
  /** Evenly spaced order statistics, ascending, 10,000 at most. */
  sample: number[];
}
export interface CategoryProfile {
  kind: 'category';
  rows: number;
  missing: number;
  constant: boolean;
  counts: Record<string, number>;
}
export type ColumnProfile = NumberProfile | CategoryProfile;
export type Profile = Record<string, ColumnProfile>;

export interface ColumnDrift {
  column: string;
  kind: 'number' | 'category';
  test: { name: 'ks' | 'chi2'; statistic: number; p: number };
  /** The size of the change, which the test says nothing about: Wasserstein in reference sds, or Jensen-Shannon. */
  effect: { name: 'wasserstein/sd' | 'jensen-shannon'; value: number; threshold: number };
  psi: number;
  /** A column that was constant has begun to vary. */
  firstVariation: boolean;
  newCategories: string[];
  missing: { reference: number; now: number };
  /** Test significant over all columns and effect over its threshold. */
  drifted: boolean;
}

/** Whether many more of a column's values are missing than were: a feed that has broken off says nothing by its values. */
export const emptied = ({ missing }: Pick<ColumnDrift, 'missing'>): boolean => missing.now - missing.reference > 0.1;

/** The champion's error rate on new labels beside what is normal: how the last champions fared on the rows after them. */
export interface LossDrift {
  reference: number;
  now: number;
  increase: number;
  /** One-sided lower bound of the increase, from a moving-block bootstrap. */
  lowerBound: number;
  threshold: number;
  exceeded: boolean;
}

export interface DriftReport {
  fired: boolean;
  /** In words, the findings that fired, or why none did. */
  because: string[];
  covariate: boolean;
  label: boolean;
  concept: boolean;
  columns: ColumnDrift[];
  labelColumn: ColumnDrift;
  loss: LossDrift | null;
}
