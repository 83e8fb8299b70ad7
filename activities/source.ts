import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pipeline, Schema } from '../contracts';
import { milliseconds } from '../contracts/duration';
import { pull, type Pulled } from '../data';
import { fetchPrefix } from '../registry';

/** Clocks differ. */
const ahead = 600_000;

/**
 * Reads a pipeline's source; nothing is kept. Without `until` it reads to where late rows may still come, else to ten minutes
 * from now. Objects of a bucket are fetched into a folder that is removed afterwards.
 */
export async function readRows(pipeline: Pipeline, schema: Schema | null, { after, until }: { after: string | null; until: string | null }): Promise<Pulled> {
  const folder = await mkdtemp(join(tmpdir(), 'continual-source-'));
  try {
    const { files, lateness } = pipeline.source;
    const now = Date.now();
    const end = until ?? (lateness === undefined ? null : new Date(now - milliseconds(lateness)).toISOString());
    const local = files.startsWith('s3://') ? await fetchPrefix(files, folder) : [files.replace(/^file:\/\//, '')];
    return await pull({ pipeline, files: local, after, until: end, latest: new Date(now + ahead).toISOString(), schema });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
