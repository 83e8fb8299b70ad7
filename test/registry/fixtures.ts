import { randomUUID } from 'node:crypto';
import type { Manifest, Pipeline, RunReference, StoredFile } from '../../contracts';
import { pipelineSchema } from '../../contracts';
import type { MoveRequest, MoveResult, Registry } from '../../registry';

export const name = 'electricity';

export const pipelineOf = (change: object = {}): Pipeline =>
  pipelineSchema.parse({
    name,
    source: { files: 'elec2.csv.gz', time: 'time' },
    label: { column: 'up' },
    model: { mlp: [64, 32] },
    ...change,
  });

export const run = (workflowId = 'retrain-electricity'): RunReference => ({ workflowId, runId: randomUUID() });

export function manifestOf(version: string, by: RunReference, files: Record<string, StoredFile> = {}): Manifest {
  return {
    format: 1,
    pipeline: name,
    version,
    parent: null,
    mode: 'stateless',
    run: by,
    created: '2026-01-05T06:00:00.000Z',
    pipelineRevision: 1,
    schemaVersion: 1,
    classes: ['DOWN', 'UP'],
    files,
    snapshots: [],
    cursor: '1996-06-01T00:00:00.000Z',
    training: {
      strategy: 'stateless', rows: 100, steps: 10, seconds: 1, loss: 0.5, reproducible: true,
      backend: { name: 'native', tensorflow: '2.21.0', device: 'cpu', onednn: true, threads: 2, cpu: 'a cpu' },
    },
  };
}

/** A published version of the fixture's pipeline; its manifest's digest. */
export async function publishNew(registry: Registry, parent: string | null, by = run()): Promise<{ version: string; digest: string }> {
  const version = await registry.reserve(name, { mode: parent === null ? 'stateless' : 'stateful', parent, run: by });
  const files = await registry.putFiles(name, version, { 'weights.bin': Buffer.from(`weights of ${version}`) });
  const { digest } = await registry.publish({ ...manifestOf(version, by, files), parent });
  return { version, digest };
}

export function promote(
  registry: Registry,
  after: number,
  target: { version: string; digest: string },
  change: Partial<MoveRequest> = {},
): Promise<MoveResult> {
  return registry.move(name, {
    after, kind: 'promotion', to: target.version, digest: target.digest, run: run(), by: 'policy', reason: 'all gates passed', suites: [], losses: [], ...change,
  });
}
