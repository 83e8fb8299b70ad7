import type { DuckDBConnection } from '@duckdb/node-api';
import { SourceUnreadable } from '../contracts';
import { query, reason, text } from './database';
import type { Part, SourceColumn } from './part';
import { sampleSize, type Rejects } from './rejects';
import { columnOf, isNumeric, type StagedColumn } from './schema';
import { isCommonEra, timeOf } from './time';

export interface Period {
  /** SQL of the bounds, both exclusive; null where there is none. */
  after: string | null;
  until: string | null;
}

/**
 * Fills the table `staged` with the rows of the period and those that have no time that could be read, in the order of
 * the files: `t` the time, `fault` and `raw` what is wrong with the line as such, and the columns. Empty is NULL.
 */
export async function stage(connection: DuckDBConnection, parts: Part[], columns: StagedColumn[], time: string, period: Period): Promise<void> {
  const types = columns.map(({ staged, numeric }) => `${staged} ${numeric ? 'DOUBLE' : 'VARCHAR'}`);
  await connection.run(`CREATE TEMP TABLE staged (t TIMESTAMP, fault VARCHAR, raw VARCHAR, ${types.join(', ')})`);
  const within = [period.after && `t > ${period.after}`, period.until && `t < ${period.until}`].filter(Boolean).join(' AND ') || 'true';
  for (const part of parts) {
    const source = columnOf(part, time) ?? absent;
    const values = columns.map((column) => `${staged(columnOf(part, column.name) ?? absent, column)} AS ${column.staged}`);
    const read = `SELECT ${timeOf(source.sql, source.type)} AS instant, ${plain(source.sql)} AS time_text,
      ${part.fault} AS fault, ${part.faulty} AS raw, ${values.join(', ')} FROM ${part.from}`;
    const timed = `SELECT CASE WHEN ${isCommonEra('instant')} THEN instant END AS t, fault,
      CASE WHEN fault IS NOT NULL THEN raw WHEN t IS NULL THEN time_text END AS raw, ${columns.map((column) => column.staged).join(', ')} FROM (${read})`;
    try {
      await connection.run(`INSERT INTO staged SELECT * FROM (${timed}) WHERE t IS NULL OR (${within})`);
    } catch (error) {
      if (/out of memory|no space left/i.test(String(error))) throw error;
      throw new SourceUnreadable(`${part.file} cannot be read: ${reason(error)}. Write or fetch the file again, or correct source.format.`);
    }
  }
}

const absent: SourceColumn = { name: '', type: 'VARCHAR', sql: 'CAST(NULL AS VARCHAR)' };

/** Text without white space around it; NULL where nothing is left. */
const plain = (sql: string): string => `nullif(trim(CAST(${sql} AS VARCHAR), ' \t'), '')`;

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
    connection, `SELECT file, line, reason, text FROM refused ORDER BY file, line LIMIT ${sampleSize}`);
  for (const row of sample) rejects.show({ reason: row.reason, file: original.get(row.file) ?? row.file, line: row.line, text: (row.text ?? '').trim() });
}

/** Hands over the rows of the view `typed` that are set aside for what stands in them. */
export async function refusedRows(connection: DuckDBConnection, columns: StagedColumn[], rejects: Rejects): Promise<void> {
  for (const { reason: why, count } of await query<{ reason: string; count: number }>(
    connection, 'SELECT reason, count(*) AS count FROM typed WHERE reason IS NOT NULL GROUP BY reason')) {
    rejects.add(why, count);
  }
  const values = columns.map(({ staged }) => `coalesce(CAST(staged.${staged} AS VARCHAR), '')`).join(', ');
  const sample = await query<{ reason: string; text: string | null }>(
    connection,
    `SELECT reason, CASE WHEN typed.fault IS NOT NULL THEN typed.raw
       ELSE concat_ws(${text(',')}, coalesce(typed.raw, CAST(typed.t AS VARCHAR), ''), ${values}) END AS text
     FROM typed JOIN staged ON typed.position = staged.rowid WHERE reason IS NOT NULL ORDER BY position LIMIT ${sampleSize}`,
  );
  for (const row of sample) rejects.show({ reason: row.reason, text: row.text ?? '' });
}
