import { runJob } from '../../activities/jobs';
import { readRows } from '../../activities/source';
import type { Trained } from '../../activities';
import type { Registry } from '../../registry';

/** A first champion of an applied pipeline, by the steps that a run would take. */
export async function firstChampion(registry: Registry, name: string): Promise<void> {
  const { pipeline, revision } = await registry.pipeline(name);
  const { parquet, schema, rejects: _, extra: __, ...pulled } = await readRows(pipeline, null, { after: null, until: null });
  await registry.holdSchema(name, schema);
  const snapshot = { ...pulled, digest: await registry.putBlob('snapshots', parquet, 'parquet'), schemaVersion: schema.version };
  const run = { workflowId: 'first', runId: 'first' };
  const version = await registry.reserve(name, { mode: 'stateless', parent: null, run });
  const input = { pipeline: name, pipelineRevision: revision, run, version, mode: 'stateless', snapshot, champion: null };
  const context = { registry, signal: new AbortController().signal, onCancel: () => 'keep' as const, onProgress: () => undefined };
  const { digest } = (await runJob('train', input, context)) as Trained;
  await registry.move(name, { after: 0, kind: 'promotion', to: version, digest, run, by: 'test', reason: 'first', suites: [], losses: [] });
}
