import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SnapshotRef } from '../contracts';
import { pull as read } from '../data';
import { fetchPrefix } from '../registry';
import { heartbeats } from './heartbeats';
import type { LifecycleDependencies, PullInput } from './types';

/**
 * Reads the rows after the cursor into an immutable snapshot. A run pulls once: a repeated attempt finds the snapshot that
 * stands under the run's key, whatever the source holds by then.
 */
export const pull = ({ registry }: LifecycleDependencies) => async (input: PullInput): Promise<SnapshotRef> => {
  const beat = heartbeats({ reading: input.pipeline });
  try {
    return await registry.once(`runs/${input.pipeline}/${input.run.runId}/snapshot.json`, () => takeSnapshot(registry, input));
  } finally {
    beat.stop();
  }
};

async function takeSnapshot(registry: LifecycleDependencies['registry'], input: PullInput): Promise<SnapshotRef> {
  const { pipeline } = await registry.pipeline(input.pipeline, input.pipelineRevision);
  const folder = await mkdtemp(join(tmpdir(), 'continual-source-'));
  try {
    const { files } = pipeline.source;
    const local = files.startsWith('s3://') ? await fetchPrefix(files, folder) : [files.replace(/^file:\/\//, '')];
    const held = await registry.schema(pipeline.name);
    const pulled = await read({ pipeline, files: local, after: input.after, until: input.until, schema: held });
    const schema = held ?? (pulled.rows > 0 ? await registry.holdSchema(pipeline.name, pulled.schema) : pulled.schema);
    const { read: count, rows, duplicates, quarantined, first, last } = pulled;
    const digest = await registry.putBlob('snapshots', pulled.parquet, 'parquet');
    if (pulled.rejects.length > 0)
      await registry.once(`runs/${pipeline.name}/${input.run.runId}/quarantine.json`, () => Promise.resolve(pulled.rejects));
    return { digest, schemaVersion: schema.version, read: count, rows, duplicates, quarantined, first, last };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
