import { SourceUnreadable } from '../contracts';

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

/** Refuses names that a snapshot could not hold: one that occurs twice, which Parquet could not tell apart, none, and the one that JavaScript keeps for itself. */
export function distinctNames(names: string[], file: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    const key = name.toLowerCase();
    if (name === '' || name === '__proto__') throw new SourceUnreadable(`${file}: a column is called "${name}". Give it another name.`);
    if (seen.has(key)) throw new SourceUnreadable(`${file}: two columns are called "${name}". Rename one of them; upper and lower case do not count.`);
    seen.add(key);
  }
}
