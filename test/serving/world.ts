import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Manifest, ModelSpec, Move, Table } from '../../contracts';
import { buildModel, encode, fitFeatures, loadBackend, saveModel, type Features } from '../../learning';
import { openStore, Registry } from '../../registry';

/** Half-hours with two numbers, a category with a gap, and a label that follows the price. */
export function market(rows = 200): Table {
  const indices = Array.from({ length: rows }, (_, i) => i);
  const start = Date.parse('1997-05-05T00:00:00Z');
  return {
    rows,
    time: Float64Array.from(indices, (i) => start + i * 1_800_000),
    columns: {
      price: { kind: 'number', values: Float64Array.from(indices, (i) => 50 + 20 * Math.sin(i)) },
      demand: { kind: 'number', values: Float64Array.from(indices, (i) => (i % 10 === 3 ? NaN : 400 + i)) },
      region: { kind: 'category', levels: ['nsw', 'vic'], codes: Int32Array.from(indices, (i) => (i % 7 === 0 ? -1 : i % 2)) },
      up: { kind: 'category', levels: ['down', 'up'], codes: Int32Array.from(indices, (i) => (Math.sin(i) > 0 ? 1 : 0)) },
    },
  };
}

const run = (n: number) => ({ workflowId: `retrain-${n}`, runId: `run-${n}` });

/** A registry in a folder of its own, and a pipeline in it that can be promoted and rolled back. */
export class World {
  readonly features: Features;
  readonly table = market();
  private moves = 0;

  private constructor(readonly folder: string, readonly registry: Registry) {
    this.features = fitFeatures({ label: 'up', exclude: [], cycles: ['day'], scaler: 'running' }, this.table);
  }

  static async create(): Promise<World> {
    await loadBackend(['native', 'wasm', 'js'], { convolution: false });
    const folder = await mkdtemp(join(tmpdir(), 'serving-'));
    const world = new World(folder, new Registry(openStore(pathToFileURL(folder).href)));
    const columns = (['price', 'demand', 'region', 'up'] as const).map((name) => ({ name, kind: world.table.columns[name]!.kind }));
    await world.registry.holdSchema('market', { format: 1, version: 1, time: 'when', label: 'up', columns });
    return world;
  }

  remove = (): Promise<void> => rm(this.folder, { recursive: true, force: true });

  /** Publishes a new version whose weights depend on `seed`, without promoting it. */
  async publish(seed: number, spec: ModelSpec = { mlp: [8], activation: 'relu', dropout: 0 }): Promise<{ manifest: Manifest; digest: string }> {
    const parent = (await this.registry.champion('market'))?.to ?? null;
    const version = await this.registry.reserve('market', { mode: parent ? 'stateful' : 'stateless', parent, run: run(seed) });
    const model = await buildModel(spec, { width: this.features.width, classes: 2 }, seed);
    const files = saveModel({ model, features: this.features, steps: 0, seen: [1, 1], optimizer: null, strategy: null });
    model.dispose();
    const time = '1997-05-05T00:00:00.000Z';
    return this.registry.publish({
      format: 1,
      pipeline: 'market',
      version,
      parent,
      mode: parent ? 'stateful' : 'stateless',
      run: run(seed),
      created: time,
      pipelineRevision: 1,
      schemaVersion: 1,
      classes: this.features.classes,
      files: await this.registry.putFiles('market', version, files),
      snapshots: [],
      cursor: time,
      training: {
        strategy: 'fine-tune', rows: 1, steps: 1, seconds: 1, loss: 1, reproducible: true,
        backend: { name: 'js', tensorflow: 'tfjs', device: 'cpu', onednn: false, threads: 1, cpu: '' },
      },
    });
  }

  async promote({ manifest, digest }: { manifest: Manifest; digest: string }, kind: Move['kind'] = 'promotion'): Promise<string> {
    const after = (await this.registry.champion('market'))?.revision ?? 0;
    this.moves += 1;
    await this.registry.move('market', { after, kind, to: manifest.version, digest, run: run(1000 + this.moves), by: 'test', reason: 'test', suites: [], losses: [] });
    return manifest.version;
  }

  /** The first `rows` rows as one input per column, as a client sends them. */
  columns(rows: number) {
    const { time, columns } = this.table;
    const numbers = (name: string) => Array.from((columns[name] as { values: Float64Array }).values.subarray(0, rows), (v) => (Number.isNaN(v) ? null : v));
    const region = columns['region'] as { levels: string[]; codes: Int32Array };
    return [
      { name: 'price', datatype: 'FP64', shape: [rows], data: numbers('price') as unknown[] },
      { name: 'demand', datatype: 'FP32', shape: [rows, 1], data: numbers('demand') as unknown[] },
      { name: 'region', datatype: 'BYTES', shape: [rows], data: Array.from(region.codes.subarray(0, rows), (code) => region.levels[code] ?? null) as unknown[] },
      { name: 'when', datatype: 'BYTES', shape: [rows], data: Array.from(time.subarray(0, rows), (t) => new Date(t).toISOString()) as unknown[] },
    ];
  }

  tensor(rows: number) {
    const data = Array.from(encode(this.features, this.table, { from: 0, to: rows }));
    return [{ name: 'features', datatype: 'FP32', shape: [rows, this.features.width], data: data as unknown[] }];
  }
}
