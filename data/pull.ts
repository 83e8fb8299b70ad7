import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Schema } from '../contracts';
import { csvParts } from './csv';
import { confine, name, query, text, withDatabase, type Workspace } from './database';
import { formatOf, listFiles } from './files';
import { jsonlParts } from './jsonl';
import { parquetParts } from './parquet';
import { Rejects, type Reject } from './rejects';
import { categoryOf, extraColumns, followSchema, inferSchema, numberOf, stagedColumns, type Described, type StagedColumn } from './schema';
import { refusedLines, refusedRows, stage } from './stage';
import { isCommonEra, within } from './time';

/** Models compute in float32, which ends at 3.4e38; the rest is room for differences and scales. */
const largest = '1e37';

export interface PullRequest {
  pipeline: Described;
  /** Local paths or globs, relative ones to the working directory. Objects of a bucket are fetched before. */
  files: string[];
  /** Only rows after this time; all from the first on where it is null. ISO 8601, UTC where it has no offset. */
  after: string | null;
  /** Only rows before this time; all to the last where it is null. */
  until: string | null;
  /** Where `until` is null: rows after this time are set aside as in the future, since one alone would move the cursor past all to come. */
  latest?: string;
  /** The schema that the pipeline holds; null at its first pull, which infers one. Later pulls follow the columns' coming and going. */
  schema: Schema | null;
}

export interface Pulled {
  /** The kept rows in the order of time: the time as TIMESTAMP in ms, numbers as DOUBLE, categories as VARCHAR. */
  parquet: Uint8Array;
  /** What the rows have: the schema given, or its next version where a column is new or gone. */
  schema: Schema;
  /** Columns that the files have and the schema has not. */
  extra: string[];
  /** read = rows + duplicates + all that is quarantined. */
  read: number;
  rows: number;
  duplicates: number;
  /** How many rows were set aside, by reason. */
  quarantined: Record<string, number>;
  /** Time of the first and the last kept row, ISO 8601; null when none was kept. */
  first: string | null;
  last: string | null;
  /** Some of what was set aside, 100 at most. */
  rejects: Reject[];
}

/**
 * Reads the rows of a period from CSV, Parquet or JSON lines, sets the bad ones aside and gives the rest as Parquet, in
 * the order of time and, within a time, of files and lines. The same rows give the same bytes.
 *
 * A row is set aside when its time, its label or its head is missing or unreadable, or when a number is none, is not finite or beyond 1e37;
 * other missing values are kept as such. Of rows that are equal in time and all columns of the schema the first is
 * kept. A row or line that cannot be placed in time belongs to no period: each pull that reads its file counts it.
 *
 * A first pull of 0 rows infers a schema from nothing: it should not be held.
 *
 * Throws `SourceUnreadable` (no such file, not what its name says, cut off), `SchemaMismatch` (the time, the label or a
 * column that the pipeline names is missing), `InvalidInput` (a bound that is no time).
 *
 * @example
 * const pipeline = { source: { files: 'elec2.csv.gz', time: 'time', types: {} }, label: { column: 'up' } };
 * const may = await pull({ pipeline, files: ['/data/elec2.csv.gz'], after: null, until: '1996-06-01T00:00:00Z', schema: null });
 * may.rows; // 1200
 */
export async function pull(request: PullRequest): Promise<Pulled> {
  const { pipeline } = request;
  const period = within('t', request.after, request.until);
  return withDatabase(async (workspace) => {
    const { connection, folder } = workspace;
    const files = await listFiles(connection, request.files);
    const format = formatOf(files, pipeline.source.format);
    await confine(workspace, files);
    const rejects = new Rejects();
    const original = new Map<string, string>();
    const parts = await {
      csv: () => csvParts(files, folder, rejects, original),
      jsonl: () => jsonlParts(connection, files, folder, rejects, original),
      parquet: () => parquetParts(connection, files),
    }[format]();
    const columns = stagedColumns(parts, pipeline, request.schema);
    await stage(connection, parts, columns, pipeline.source.time, period);
    if (format !== 'parquet') await refusedLines(connection, original, rejects);
    const schema = request.schema ? await followSchema(connection, parts, columns, pipeline, request.schema) : await inferSchema(connection, columns, pipeline);
    const latest = request.until === null && request.latest !== undefined ? within('t', null, request.latest) : 'true';
    await checkRows(connection, columns, schema, { head: pipeline.label.head, latest });
    await refusedRows(connection, columns, rejects);
    return { ...(await keep(workspace, schema, rejects)), schema, extra: extraColumns(parts, schema) };
  });
}

/**
 * Makes the table `typed`: each staged row as the schema wants it, with the first reason to set it aside, if any.
 *
 * @param latest SQL that is true of a `t` that is not in the future
 */
async function checkRows(connection: DuckDBConnection, columns: StagedColumn[], schema: Schema, { head, latest }: { head: string | undefined; latest: string }): Promise<void> {
  const stagedAs = new Map(columns.map((column) => [column.name, column]));
  const typed = schema.columns.map(({ name: column, kind }, i) => {
    const { staged, numeric } = stagedAs.get(column)!;
    return { column, kind, staged, value: `v${i}`, sql: kind === 'category' ? categoryOf(staged) : numeric ? staged : numberOf(staged) };
  });
  const needed = typed.filter(({ column }) => column === schema.label || column === head).map(({ column, staged }) => `WHEN ${staged} IS NULL THEN ${text(`${column}: missing`)}`);
  const faults = typed
    .filter(({ kind }) => kind === 'number')
    .map(({ column, staged, value }) => `WHEN ${staged} IS NOT NULL AND ${value} IS NULL THEN ${text(`${column}: not a number`)}
      WHEN NOT isfinite(${value}) THEN ${text(`${column}: not finite`)}
      WHEN abs(${value}) > ${largest} THEN ${text(`${column}: beyond ${largest}`)}`);
  // Adding 0 makes of -0 the 0 to which it is equal.
  const checked = typed.map(({ value, kind }) => (kind === 'number' ? `${value} + 0 AS ${value}` : value));
  await connection.run(`CREATE TEMP TABLE typed AS SELECT position, t, ${checked.join(', ')},
    CASE WHEN fault IS NOT NULL THEN fault
      WHEN t IS NULL AND raw IS NULL THEN ${text(`${schema.time}: missing`)}
      WHEN t IS NULL OR NOT ${isCommonEra('t')} THEN ${text(`${schema.time}: not a time`)}
      WHEN NOT (${latest}) THEN ${text(`${schema.time}: in the future`)}
      ${needed.join(' ')} ${faults.join(' ')} END AS reason
    FROM (SELECT *, rowid AS position, ${typed.map(({ sql, value }) => `${sql} AS ${value}`).join(', ')} FROM staged)`);
}

/** Drops the duplicates, writes the rest and counts. */
async function keep({ connection, folder }: Workspace, schema: Schema, rejects: Rejects): Promise<Omit<Pulled, 'schema' | 'extra'>> {
  const [good] = await query<{ count: number; first: number | null; last: number | null }>(
    connection, 'SELECT count(*) AS count, epoch_ms(min(t)) AS first, epoch_ms(max(t)) AS last FROM typed WHERE reason IS NULL');
  const values = schema.columns.map((_, i) => `v${i}`);
  const named = schema.columns.map(({ name: column }, i) => `kept.v${i} AS ${name(column)}`);
  const file = join(folder, 'snapshot.parquet');
  await connection.run('SET threads = 1'); // several writers would cut the file differently each time
  const copied = await connection.run(`COPY (
    SELECT CAST(kept.t AS TIMESTAMP_MS) AS ${name(schema.time)}, ${named.join(', ')}
    FROM (SELECT t, ${values.join(', ')}, min(position) AS position FROM typed WHERE reason IS NULL GROUP BY t, ${values.join(', ')}) AS kept
    ORDER BY kept.t, kept.position) TO ${text(file)} (FORMAT parquet, COMPRESSION zstd)`);
  const rows = copied.rowsChanged;
  const quarantined = rejects.quarantined;
  const duplicates = good!.count - rows;
  const iso = (milliseconds: number | null): string | null => (milliseconds === null ? null : new Date(milliseconds).toISOString());
  return {
    parquet: new Uint8Array(await readFile(file)),
    read: rows + duplicates + rejects.total,
    rows, duplicates, quarantined,
    first: iso(good!.first), last: iso(good!.last),
    rejects: rejects.sample,
  };
}
