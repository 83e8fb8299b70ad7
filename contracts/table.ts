/** Numbers; NaN where the value is missing. */
export interface NumberColumn {
  kind: 'number';
  values: Float64Array;
}

/** Categories as indices into `levels`; -1 where the value is missing. */
export interface CategoryColumn {
  kind: 'category';
  levels: string[];
  codes: Int32Array;
}

export type Column = NumberColumn | CategoryColumn;

/** Rows in memory, by column, in the order of time. */
export interface Table {
  rows: number;
  /** Milliseconds since 1970-01-01T00:00Z, one per row, ascending. */
  time: Float64Array;
  columns: Record<string, Column>;
}

/** Half-open range of row numbers: `from` is in, `to` is not. */
export interface RowRange {
  from: number;
  to: number;
}
