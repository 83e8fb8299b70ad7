/** A column as a source has it, and the SQL that reads it there. */
export interface SourceColumn {
  name: string;
  /** DuckDB's type, such as VARCHAR or DOUBLE. */
  type: string;
  sql: string;
}

/** Files of the same columns, readable by one statement. */
export interface Part {
  /** What stands after FROM. Its rows come in the order of the files and of their lines. */
  from: string;
  columns: SourceColumn[];
  /** For messages: the first of the files. */
  file: string;
  /** SQL that says what is wrong with a line as such, and the line then; NULL where nothing is. */
  fault: string;
  faulty: string;
}
