import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pipeline, Schema } from '../contracts';
import { pull, type Pulled } from '../data';
import { fetchPrefix } from '../registry';

/** Clocks differ, and a day may be stamped with its end. */
const ahead = 86_400_000;

/** Reads a pipeline's source, without `until` to a day from now; nothing is kept. Objects of a bucket are fetched into a folder that is removed afterwards. */
export async function readRows(pipeline: Pipeline, schema: Schema | null, { after, until }: { after: string | null; until: string | null }): Promise<Pulled> {
  const folder = await mkdtemp(join(tmpdir(), 'continual-source-'));
  try {
    const { files } = pipeline.source;
    const local = files.startsWith('s3://') ? await fetchPrefix(files, folder) : [files.replace(/^file:\/\//, '')];
    return await pull({ pipeline, files: local, after, until, latest: new Date(Date.now() + ahead).toISOString(), schema });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
