import type { DuckDBConnection } from '@duckdb/node-api';
import { SourceUnreadable } from '../contracts';
import { name, path, query, reason } from './database';
import type { Part } from './part';

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
    from: `read_parquet([${group.files.map(path).join(', ')}]) AS source`,
    columns: group.columns,
    file: group.files[0]!,
    fault: 'NULL', faulty: 'NULL',
  }));
}

async function describe(connection: DuckDBConnection, file: string): Promise<Part['columns']> {
  try {
    const rows = await query<{ column_name: string; column_type: string }>(connection, `DESCRIBE SELECT * FROM read_parquet(${path(file)})`);
    return rows.map((row) => ({ name: row.column_name, type: row.column_type, sql: `source.${name(row.column_name)}` }));
  } catch (error) {
    throw new SourceUnreadable(`${file} cannot be read as Parquet: ${reason(error)}. Write or fetch the file again, or correct source.format.`);
  }
}
