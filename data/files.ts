import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { SourceUnreadable, type Pipeline } from '../contracts';
import { query, text } from './database';

export type Format = NonNullable<Pipeline['source']['format']>;

const extensions: Record<Format, string[]> = {
  csv: ['csv', 'tsv', 'txt'],
  jsonl: ['jsonl', 'ndjson', 'json'],
  parquet: ['parquet', 'pq'],
};

/**
 * The files that paths and globs (`*`, `?`, `[a-z]`, `**`) name, as absolute paths; a glob's in the order of their
 * names. A file that is there is taken by its name even if that looks like a glob.
 *
 * Throws `SourceUnreadable` where a pattern finds nothing, names a folder or an address on a network.
 */
export async function listFiles(connection: DuckDBConnection, patterns: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns) {
    // Not repeated: it may hold credentials.
    if (pattern.includes('://')) throw new SourceUnreadable('source.files names an address, not a local file. Fetch its objects into a folder first.');
    found.push(...(await matches(connection, pattern)));
  }
  if (found.length === 0) throw new SourceUnreadable('source.files names no file. Name a path or a glob such as data/*.csv.');
  return [...new Set(found)];
}

async function matches(connection: DuckDBConnection, pattern: string): Promise<string[]> {
  const path = resolve(pattern);
  const there = await stat(path).catch(() => null);
  if (there?.isFile()) return [path];
  if (there?.isDirectory()) {
    throw new SourceUnreadable(`source.files "${pattern}" is a folder. Say which of its files are meant, such as ${pattern.replace(/\/$/, '')}/*.csv.`);
  }
  const files = /[*?[]/.test(path) ? await query<{ file: string }>(connection, `SELECT file FROM glob(${text(path)}) ORDER BY file`) : [];
  if (files.length === 0) {
    throw new SourceUnreadable(`source.files "${pattern}" matches no file (looked for ${path}). Check the path, or put the files there.`);
  }
  return files.map(({ file }) => file);
}

/** What the files are: as the pipeline says, else by their names' endings. Throws `SourceUnreadable` where that tells nothing. */
export function formatOf(files: string[], declared: Format | undefined): Format {
  if (declared) return declared;
  const formats = new Set(files.map((file) => byName(file)));
  if (formats.size > 1) {
    throw new SourceUnreadable(`source.files names files of several formats (${[...formats].join(', ')}). Narrow the glob to one of them.`);
  }
  return [...formats][0]!;
}

function byName(file: string): Format {
  const ending = /\.([a-z0-9]+)(\.gz)?$/i.exec(file)?.[1]?.toLowerCase() ?? '';
  const format = (Object.keys(extensions) as Format[]).find((candidate) => extensions[candidate].includes(ending));
  if (!format) throw new SourceUnreadable(`${file}: the name does not tell its format. Set source.format to csv, jsonl or parquet.`);
  return format;
}
