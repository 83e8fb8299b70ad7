import type { DuckDBConnection } from '@duckdb/node-api';
import { SourceUnreadable } from '../contracts';
import { name, path, query, reason } from './database';
import { distinctNames, type Part } from './part';

/** Parquet files. Neighbours of the same columns are read together. */
export async function parquetParts(connection: DuckDBConnection, files: string[]): Promise<Part[]> {
  const groups: { files: string[]; columns: Part['columns']; key: string }[] = [];
  for (const file of files) {
    const columns = await describe(connection, file);
    const key = JSON.stringify(columns);
    const before = groups.at(-1);
    if (before?.key === key) before.files.push(file);
    else groups.push({ files: [file], columns, key });
  }
  return groups.map((group) => ({
    from: `${reader(group.files)} AS source`,
    columns: group.columns,
    file: group.files[0]!,
    fault: 'NULL', faulty: 'NULL',
  }));
}

/** A folder called `date=2024-05-01` is a name, no column: DuckDB would put it in the place of the file's own. */
const reader = (files: string[]): string => `read_parquet([${files.map(path).join(', ')}], hive_partitioning = false)`;

async function describe(connection: DuckDBConnection, file: string): Promise<Part['columns']> {
  try {
    const rows = await query<{ column_name: string; column_type: string }>(connection, `DESCRIBE SELECT * FROM ${reader([file])}`);
    const written = new Set((await query<{ name: string }>(connection, `SELECT name FROM parquet_schema(${path(file)})`)).map((row) => row.name));
    // DuckDB itself gives the second of two that differ in case alone another name.
    distinctNames(rows.map((row) => (written.has(row.column_name) ? row.column_name : row.column_name.replace(/_\d+$/, ''))), file);
    return rows.map((row) => ({ name: row.column_name, type: row.column_type, sql: `source.${name(row.column_name)}` }));
  } catch (error) {
    if (error instanceof SourceUnreadable) throw error;
    throw new SourceUnreadable(`${file} cannot be read as Parquet: ${reason(error)}. Write or fetch the file again, or correct source.format.`);
  }
}
