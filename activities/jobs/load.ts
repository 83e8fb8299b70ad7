import type { BackendFacts, Manifest, Pipeline, Table } from '../../contracts';
import { readSnapshot } from '../../data';
import type { Learner } from '../../learning';
import { loadBackend, loadModel, usesConvolution } from '../../learning';
import type { Registry } from '../../registry';
import type { StepInput } from '../types';

/** Snapshots never change, so a warm process keeps the last ones it read, up to this many values in all: 8 bytes each at most. */
const valuesKept = 32_000_000;
const valuesOf = ({ rows, columns }: Table): number => rows * (1 + Object.keys(columns).length);
const tables = new Map<string, Table>();

/** The pipeline as the run resolved it, and the backend that it allows; before any tensor is made. */
export async function prepare(registry: Registry, { pipeline: name, pipelineRevision }: StepInput): Promise<{ pipeline: Pipeline; backend: BackendFacts }> {
  const { pipeline } = await registry.pipeline(name, pipelineRevision);
  const backend = await loadBackend(pipeline.training.backends, { convolution: usesConvolution(pipeline.model) });
  return { pipeline, backend };
}

/** The rows of a snapshot, in memory. */
export async function loadSnapshot(registry: Registry, digest: string): Promise<Table> {
  const known = tables.get(digest);
  if (known) return known;
  // In the columns that it was pulled with: those of the pipeline's rows come and go.
  const table = await readSnapshot(await registry.getBlob('snapshots', digest, 'parquet'));
  tables.set(digest, table);
  for (const oldest of tables.keys()) {
    const total = [...tables.values()].reduce((sum, t) => sum + valuesOf(t), 0);
    if (total <= valuesKept || oldest === digest) break;
    tables.delete(oldest);
  }
  return table;
}

/** A version as it was saved, with its manifest; the caller disposes of the learner. */
export async function loadVersion(registry: Registry, pipeline: string, version: string): Promise<{ manifest: Manifest; learner: Learner }> {
  const { manifest } = await registry.manifest(pipeline, version);
  const names = Object.keys(manifest.files);
  const files = await Promise.all(names.map((name) => registry.readFile(manifest, name)));
  const learner = await loadModel(Object.fromEntries(names.map((name, i) => [name, files[i]!])));
  return { manifest, learner };
}
