import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBDoubleVector, DuckDBIntegerVector } from '@duckdb/node-api';
import { CorruptArtifact, SchemaMismatch, type Column, type Schema, type Table } from '../contracts';
import { name, path, query, reason, withDatabase } from './database';

/**
 * Reads a snapshot that `pull` wrote into typed arrays. Levels of a category are those that occur, sorted by their
 * UTF-8 bytes.
 *
 * @param parquet the file's bytes, or its path.
 * @param schema the schema it was pulled with: its columns are read, others are not. All of the file's where it is left out.
 * Throws `CorruptArtifact` where the bytes are no Parquet, `SchemaMismatch` where a column is missing.
 * @example const table = await readSnapshot(may.parquet, may.schema);
 * table.columns.nsw_price; // { kind: 'number', values: Float64Array(1200) }
 */
export function readSnapshot(parquet: Uint8Array | string, schema?: Schema): Promise<Table> {
  return withDatabase(async ({ connection, folder }) => {
    const file = typeof parquet === 'string' ? parquet : join(folder, 'snapshot.parquet');
    if (typeof parquet !== 'string') await writeFile(file, parquet);
    const from = `read_parquet(${path(file)}, hive_partitioning = false)`;
    const { time, columns, rows: count } = await open(connection, from, file, schema);
    const levels: string[][] = [];
    for (const { name: column, kind } of columns) levels.push(kind === 'category' ? await levelsOf(connection, from, column, levels.length) : []);
    const table: Table = { rows: count, time: new Float64Array(count), columns: {} };
    const targets: (Float64Array | Int32Array)[] = [table.time];
    const selected = [`CAST(epoch_ms(${name(time)}) AS DOUBLE)`];
    for (const [i, { name: column, kind }] of columns.entries()) {
      const made = emptyColumn(kind, count, levels[i]!);
      targets.push(made.kind === 'number' ? made.values : made.codes);
      selected.push(made.kind === 'number' ? `coalesce(CAST(${name(column)} AS DOUBLE), 'NaN'::DOUBLE)` : codesOf(column, levels[i]!, i));
      table.columns[column] = made;
    }
    await fill(connection, `SELECT ${selected.join(', ')} FROM ${from}`, targets);
    return table;
  });
}

type Opened = Pick<Schema, 'time' | 'columns'> & { rows: number };

async function open(connection: DuckDBConnection, from: string, file: string, schema: Schema | undefined): Promise<Opened> {
  let found: { column_name: string; column_type: string }[];
  try {
    found = await query<{ column_name: string; column_type: string }>(connection, `DESCRIBE SELECT * FROM ${from}`);
  } catch (error) {
    throw new CorruptArtifact(`the snapshot ${file} cannot be read as Parquet: ${reason(error)}. Restore it, or pull its period again.`);
  }
  const there = new Set(found.map((row) => row.column_name));
  // `pull` writes the time first, numbers as DOUBLE and categories as VARCHAR.
  const columns = schema?.columns ?? found.slice(1).map((row) => ({ name: row.column_name, kind: row.column_type === 'DOUBLE' ? ('number' as const) : ('category' as const) }));
  const time = schema?.time ?? found[0]!.column_name;
  const missing = [time, ...columns.map((column) => column.name)].filter((column) => !there.has(column));
  if (missing.length > 0) {
    throw new SchemaMismatch(`the snapshot has no column ${missing.join(', ')} (it has: ${[...there].join(', ')}). Read it with the schema that it was pulled with.`);
  }
  const [row] = await query<{ rows: number }>(connection, `SELECT count(*) AS rows FROM ${from}`);
  return { time, columns, rows: row!.rows };
}

const emptyColumn = (kind: Column['kind'], rows: number, levels: string[]): Column =>
  kind === 'number' ? { kind, values: new Float64Array(rows) } : { kind, levels, codes: new Int32Array(rows) };

/** The levels of a column, which become a type of their own whose codes DuckDB counts from 0. */
async function levelsOf(connection: DuckDBConnection, from: string, column: string, index: number): Promise<string[]> {
  const values = `SELECT DISTINCT CAST(${name(column)} AS VARCHAR) AS level FROM ${from} WHERE level IS NOT NULL ORDER BY level`;
  const levels = (await query<{ level: string }>(connection, values)).map(({ level }) => level);
  if (levels.length > 0) await connection.run(`CREATE TEMP TYPE levels${index} AS ENUM (${values})`);
  return levels;
}

const codesOf = (column: string, levels: string[], index: number): string =>
  levels.length === 0 ? 'CAST(-1 AS INTEGER)' : `coalesce(CAST(enum_code(CAST(CAST(${name(column)} AS VARCHAR) AS levels${index})) AS INTEGER), -1)`;

/** Copies a result's columns chunk by chunk into the arrays. */
async function fill(connection: DuckDBConnection, sql: string, targets: (Float64Array | Int32Array)[]): Promise<void> {
  const result = await connection.stream(sql);
  let at = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    for (const [i, target] of targets.entries()) {
      const vector = chunk.getColumnVector(i);
      // No NULL is left, so the numbers as they lie in memory are the values.
      target.set(target instanceof Int32Array ? (vector as DuckDBIntegerVector)['items'] : (vector as DuckDBDoubleVector)['items'], at);
    }
    at += chunk.rowCount;
  }
}
