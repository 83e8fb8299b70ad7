import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { pull, type Pulled, type PullRequest } from '../../data';

const folders: string[] = [];

/** A folder that `removeFolders` removes. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'continual-test-'));
  folders.push(made);
  return made;
}
export const removeFolders = (): void => folders.splice(0).forEach((made) => rmSync(made, { recursive: true, force: true }));

/** Writes a file into a fresh folder and gives its path. */
export function file(name: string, content: string | Uint8Array): string {
  const path = join(folder(), name);
  writeFileSync(path, content);
  return path;
}

/** The tests run from the repository's root. */
export const elec2 = resolve('examples/electricity/elec2.csv.gz');
export const elec2Pipeline = { source: { files: 'elec2.csv.gz', time: 'time', types: {} }, label: { column: 'up' } };
export const pipeline = { source: { files: 'x', time: 'time', types: {} }, label: { column: 'label' } };

export const pulled = (files: string | string[], rest: Partial<PullRequest> = {}): Promise<Pulled> =>
  pull({ pipeline, files: [files].flat(), after: null, until: null, schema: null, ...rest });

/** Runs SQL in a database of its own. */
export async function duckdb(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRowsJS();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

export const quarantinedRows = (result: Pulled): number => Object.values(result.quarantined).reduce((sum, count) => sum + count, 0);

/** Random numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
