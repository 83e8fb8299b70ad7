import type { DuckDBConnection } from '@duckdb/node-api';
import { SourceUnreadable } from '../contracts';
import { query, reason } from './database';
import type { Part, SourceColumn } from './part';
import { samplePerReason, type Rejects } from './rejects';
import { columnOf, isNumeric, type StagedColumn } from './schema';
import { timeOf } from './time';

/**
 * Fills the table `staged` with the rows of the period and those that have no time that could be read, in the order of
 * the files: `part` the number of the part they came from, `t` the time, `fault` and `raw` what is wrong with the line as
 * such, and the columns. Empty is NULL.
 *
 * @param period SQL that is true of a `t` to be kept.
 */
export async function stage(connection: DuckDBConnection, parts: Part[], columns: StagedColumn[], time: string, period: string): Promise<void> {
  const types = columns.map(({ staged, numeric }) => `${staged} ${numeric ? 'DOUBLE' : 'VARCHAR'}`);
  await connection.run(`CREATE TEMP TABLE staged (part INTEGER, t TIMESTAMP, fault VARCHAR, raw VARCHAR, ${types.join(', ')})`);
  const names = columns.map(({ staged }) => staged);
  for (const [number, part] of parts.entries()) {
    const source = columnOf(part, time) ?? absent;
    const values = columns.map((column) => `${staged(columnOf(part, column.name) ?? absent, column)} AS ${column.staged}`);
    const read = `SELECT ${timeOf(source.sql, source.type)} AS t, ${part.fault} AS fault, ${part.faulty} AS faulty,
      ${plain(source.sql)} AS time_text, ${values.join(', ')} FROM ${part.from}`;
    const raw = 'CASE WHEN fault IS NOT NULL THEN faulty WHEN t IS NULL THEN time_text END AS raw';
    try {
      await connection.run(`INSERT INTO staged SELECT ${number}, t, fault, ${raw}, ${names.join(', ')} FROM (${read}) WHERE ${period}`);
    } catch (error) {
      if (/out of memory|no space left/i.test(String(error))) throw error;
      throw new SourceUnreadable(`${part.file} cannot be read: ${reason(error)}. Write or fetch the file again, or correct source.format.`);
    }
  }
}

const absent: SourceColumn = { name: '', type: 'VARCHAR', sql: 'CAST(NULL AS VARCHAR)' };

/** Text without spaces around it; NULL where nothing is left. */
const plain = (sql: string): string => `nullif(trim(CAST(${sql} AS VARCHAR)), '')`;

function staged({ sql, type }: SourceColumn, { numeric }: StagedColumn): string {
  const floating = type === 'FLOAT' || type === 'DOUBLE';
  if (numeric) return floating ? `CASE WHEN NOT isnan(${sql}) THEN CAST(${sql} AS DOUBLE) END` : `CAST(${sql} AS DOUBLE)`;
  // A data frame with a gap turns whole numbers into 1.0 and 2.0: as categories they are still 1 and 2.
  if (isNumeric(type) && !/INT/.test(type)) {
    return `CASE WHEN isnan(CAST(${sql} AS DOUBLE)) THEN NULL
      WHEN abs(${sql}) < 1e15 AND ${sql} = trunc(${sql}) THEN CAST(CAST(${sql} AS BIGINT) AS VARCHAR) ELSE CAST(${sql} AS VARCHAR) END`;
  }
  return plain(sql);
}

/** Hands over the lines that the reader itself refused. A line with several faults counts once. */
export async function refusedLines(connection: DuckDBConnection, original: Map<string, string>, rejects: Rejects): Promise<void> {
  await connection.run(`CREATE TEMP TABLE refused AS
    SELECT any_value(file_path) AS file, line, min(CASE error_type WHEN 'INVALID ENCODING' THEN 'line: not UTF-8'
      WHEN 'LINE SIZE OVER MAXIMUM' THEN 'line: too long' WHEN 'UNQUOTED VALUE' THEN 'line: broken quotes'
      ELSE 'line: wrong number of fields' END) AS reason, any_value(csv_line) AS text
    FROM reject_errors JOIN reject_scans USING (scan_id, file_id) GROUP BY scan_id, file_id, line`);
  for (const { reason: why, count } of await query<{ reason: string; count: number }>(connection, 'SELECT reason, count(*) AS count FROM refused GROUP BY reason')) {
    rejects.add(why, count);
  }
  const sample = await query<{ file: string; line: number; reason: string; text: string | null }>(
    connection, `SELECT file, line, reason, text FROM refused ${firstOfEach('file, line')} ORDER BY file, line`);
  for (const row of sample) rejects.show({ reason: row.reason, file: original.get(row.file) ?? row.file, line: row.line, text: (row.text ?? '').trim() });
}

/** Hands over the rows that were set aside for what stands in them. */
export async function refusedRows(connection: DuckDBConnection, columns: StagedColumn[], rejects: Rejects): Promise<void> {
  const counts = await query<{ reason: string; count: number }>(
    connection, 'SELECT reason, count(*) AS count FROM typed WHERE reason IS NOT NULL GROUP BY reason');
  if (counts.length === 0) return;
  for (const { reason: why, count } of counts) rejects.add(why, count);
  const values = columns.map(({ staged }) => `coalesce(CAST(staged.${staged} AS VARCHAR), '')`).join(', ');
  const sample = await query<{ reason: string; text: string | null }>(
    connection,
    `SELECT reason, CASE WHEN fault IS NOT NULL THEN raw
       ELSE concat_ws(',', coalesce(raw, CAST(staged.t AS VARCHAR), ''), ${values}) END AS text
     FROM (SELECT reason, position FROM typed WHERE reason IS NOT NULL ${firstOfEach('position')}) AS refused
     JOIN staged ON refused.position = staged.rowid ORDER BY position`,
  );
  for (const row of sample) rejects.show({ reason: row.reason, text: row.text ?? '' });
}

const firstOfEach = (order: string): string => `QUALIFY row_number() OVER (PARTITION BY reason ORDER BY ${order}) <= ${samplePerReason}`;
