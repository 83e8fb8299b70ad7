import { isDeepStrictEqual } from 'node:util';
import type { Pipeline, SnapshotRef } from '../contracts';
import type { Pulled } from '../data';
import { atMost } from './at-most';
import { heartbeats } from './heartbeats';
import { readRows } from './source';
import type { LifecycleDependencies, PullInput } from './types';

/**
 * Reads the rows after the cursor into an immutable snapshot. A run pulls once: a repeated attempt finds the snapshot that
 * stands under the run's key, whatever the source holds by then.
 */
export const pull = ({ registry }: LifecycleDependencies) => async (input: PullInput): Promise<SnapshotRef> => {
  const beat = heartbeats({ reading: input.pipeline });
  try {
    return await registry.once(`runs/${input.pipeline}/${input.run.runId}/snapshot.json`, () => inTurn(() => takeSnapshot(registry, input)));
  } finally {
    beat.stop();
  }
};

/**
 * Each takes up to a gigabyte, and one of the threads by which all of this process reads files: a schedule that starts thirty
 * pipelines at once must not fill the machine.
 */
const inTurn = atMost(2);

async function takeSnapshot(registry: LifecycleDependencies['registry'], input: PullInput): Promise<SnapshotRef> {
  const { pipeline } = await registry.pipeline(input.pipeline, input.pipelineRevision);
  for (;;) {
    const held = await registry.schema(pipeline.name);
    const pulled = await readRows(pipeline, held, input);
    const { schema, read: count, rows, duplicates, quarantined, first, last } = pulled;
    // Of fewer rows nothing is learned; they come again, and may look otherwise among more.
    if (rows >= pipeline.retrain.minimumRows && schema.version !== held?.version) {
      // A run beside this one may have held other columns under the same number: then these rows are read as it says.
      const standing = await registry.holdSchema(pipeline.name, schema);
      if (!isDeepStrictEqual(standing, schema)) continue;
    }
    const digest = await registry.putBlob('snapshots', pulled.parquet, 'parquet');
    if (pulled.rejects.length > 0)
      await registry.once(`runs/${pipeline.name}/${input.run.runId}/quarantine.json`, () => Promise.resolve(pulled.rejects));
    const absent = absentColumns(pipeline, pulled);
    return { digest, schemaVersion: schema.version, read: count, rows, duplicates, quarantined, first, last, ...(absent.length > 0 ? { absent } : {}) };
  }
}

/** What a model would be told to leave out is trained on where its name is misspelt. Without rows nothing is known of the columns. */
function absentColumns({ features }: Pipeline, { schema, extra, rows }: Pulled): string[] {
  const known = new Set([schema.time, ...schema.columns.map(({ name }) => name), ...extra]);
  return rows === 0 ? [] : features.exclude.filter((name) => !known.has(name));
}
