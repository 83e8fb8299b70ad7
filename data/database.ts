import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

export interface Workspace {
  connection: DuckDBConnection;
  /** A folder for this use alone; it is removed afterwards. */
  folder: string;
}

/**
 * Lends an empty in-memory DuckDB and a temporary folder into which it spills. Two threads, 1 GiB, times in UTC, and
 * no extension is ever downloaded.
 */
export async function withDatabase<T>(use: (workspace: Workspace) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'continual-data-'));
  try {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '2',
      memory_limit: '1GiB',
      temp_directory: join(folder, 'spill'),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    try {
      const connection = await instance.connect();
      try {
        await connection.run("SET TimeZone = 'UTC'");
        return await use({ connection, folder });
      } finally {
        connection.closeSync();
      }
    } finally {
      instance.closeSync();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** From here on the database touches the given files and folder, and nothing else. */
export async function confine({ connection, folder }: Workspace, files: string[]): Promise<void> {
  await connection.run(`SET allowed_directories = ${texts([folder])}`);
  // A reader looks up the path as it was written for it.
  await connection.run(`SET allowed_paths = ${texts(files.flatMap((file) => [file, literal(file)]))}`);
  await connection.run('SET enable_external_access = false');
}

/** The result's rows as plain objects; counts come as numbers. */
export async function query<Row>(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowObjectsJS().map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, typeof value === 'bigint' ? Number(value) : value])),
  ) as Row[];
}

/** A string as an SQL literal. */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
/** Strings as a list of SQL literals. */
export const texts = (values: string[]): string => `[${values.map(text).join(', ')}]`;
/** A name as an SQL identifier. */
export const name = (value: string): string => `"${value.replaceAll('"', '""')}"`;
/** A path as the readers take it: its own brackets, stars and question marks are no pattern. */
export const path = (file: string): string => text(literal(file));
const literal = (file: string): string => file.replace(/[[*?]/g, '[$&]');
/** DuckDB's reason in one short line. */
export const reason = (error: unknown): string =>
  String((error as Partial<Error> | null)?.message ?? error).split('\n')[0]!.slice(0, 200);
