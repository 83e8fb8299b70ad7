import type { BackendFacts, Manifest, Pipeline, Profile, SnapshotUse, Table } from '../../contracts';
import { CorruptArtifact, heldOutRange, UnknownVersion } from '../../contracts';
import { concatTables, sliceTable } from '../../data';
import { profileTable } from '../../drift';
import type { Learner, TrainingResult } from '../../learning';
import { saveModel, train as learn } from '../../learning';
import type { TrainInput, Trained } from '../types';
import type { JobContext } from './context';
import { loadSnapshot, loadVersion, prepare } from './load';
import { savedModel } from './saved-model';

/** A training that is killed loses no more than this: ten seconds, or what the environment of the worker says. */
const checkpointSeconds = Number(process.env.CONTINUAL_CHECKPOINT_SECONDS) || 10;

/**
 * Trains the challenger and publishes it. Safe to kill and repeat at any point: it goes on from the newest checkpoint,
 * files lie under the digest of their content, and the first manifest that is written is the version for ever.
 */
export async function train(input: TrainInput, context: JobContext): Promise<Trained> {
  const { registry } = context;
  const { pipeline: name, version, run, champion } = input;
  const published = await publishedBefore(context, name, version);
  if (published) {
    // An attempt that was killed right after publishing left them.
    await registry.clearCheckpoints(name, version);
    return summary(published.manifest, published.digest);
  }

  const { pipeline, backend } = await prepare(registry, input);
  const parent = champion && (await loadVersion(registry, name, champion.version));
  try {
    const table = await loadSnapshot(registry, name, input.snapshot.digest);
    const heldOut = heldOutRange(table.rows, pipeline.gates.holdout);
    const use: SnapshotUse = {
      digest: input.snapshot.digest,
      rows: table.rows,
      trained: { from: 0, to: heldOut.from },
      heldOut,
      first: input.snapshot.first!,
      last: input.snapshot.last!,
    };
    const lineage = parent?.manifest.snapshots ?? [];
    const stateful = input.mode === 'stateful' && parent;
    const rows = stateful ? sliceTable(table, use.trained) : await gather(context, name, [...lineage, use], pipeline);
    const result = await learnFrom(context, input, pipeline, rows, stateful ? parent.learner : null, backend);
    try {
      const before = parent && (JSON.parse(Buffer.from(await registry.readFile(parent.manifest, 'profile.json')).toString()) as Profile);
      const files = { ...saveModel(result.learner), ...(await savedModel(result.learner)), 'profile.json': Buffer.from(JSON.stringify(carryConstants(profileTable(table), before))) };
      const { manifest, digest } = await registry.publish({
        format: 1,
        pipeline: name,
        version,
        parent: champion?.version ?? null,
        mode: input.mode,
        run,
        created: new Date().toISOString(),
        pipelineRevision: input.pipelineRevision,
        schemaVersion: input.snapshot.schemaVersion,
        classes: result.learner.features.classes,
        files: await registry.putFiles(name, version, files),
        snapshots: [...lineage, use],
        cursor: use.last,
        training: {
          strategy: pipeline.learning.strategy.name,
          rows: result.rowsTouched,
          steps: result.steps,
          seconds: result.seconds,
          loss: result.loss,
          backend,
          reproducible: result.reproducible,
          form: result.form,
        },
      });
      await registry.clearCheckpoints(name, version);
      return summary(manifest, digest);
    } finally {
      result.learner.model.dispose();
    }
  } finally {
    parent?.learner.model.dispose();
  }
}

async function learnFrom(
  context: JobContext,
  { pipeline: name, version }: TrainInput,
  pipeline: Pipeline,
  table: Table,
  parent: Learner | null,
  backend: BackendFacts,
): Promise<TrainingResult> {
  const { registry, signal, onCancel, onProgress } = context;
  const request = {
    pipeline,
    table,
    parent,
    backend,
    onProgress,
    signal,
    checkpoint: {
      seconds: checkpointSeconds,
      save: async (bytes: Uint8Array, step: number) => {
        if (!(signal.aborted && onCancel() === 'discard')) await registry.saveCheckpoint(name, version, step, bytes);
      },
    },
  };
  const resume = (await registry.latestCheckpoint(name, version))?.bytes ?? null;
  try {
    return await learn({ ...request, resume });
  } catch (error) {
    // Nobody goes on from them: the run was cancelled, or this attempt had timed out and another one has published.
    if (signal.aborted && (onCancel() === 'discard' || (await publishedBefore(context, name, version)))) await registry.clearCheckpoints(name, version);
    // A checkpoint that another release of this program wrote is no use; the rows and the seed still are.
    if (!(resume && error instanceof CorruptArtifact)) throw error;
    await registry.clearCheckpoints(name, version);
    return learn({ ...request, resume: null });
  }
}

/** The rows that a training from scratch learns from: what the lineage was trained on, and never what it held out. */
async function gather({ registry }: JobContext, name: string, uses: SnapshotUse[], pipeline: Pipeline): Promise<Table> {
  const window = pipeline.learning.window === undefined ? uses : uses.slice(-pipeline.learning.window);
  const parts: Table[] = [];
  for (const { digest, trained } of window) parts.push(sliceTable(await loadSnapshot(registry, name, digest), trained));
  return concatTables(parts);
}

async function publishedBefore({ registry }: JobContext, name: string, version: string) {
  try {
    return await registry.manifest(name, version);
  } catch (error) {
    if (error instanceof UnknownVersion) return null;
    throw error;
  }
}

/** A column is constant for a lineage only as long as it kept one value in all of its snapshots. */
function carryConstants(now: Profile, before: Profile | null): Profile {
  if (!before) return now;
  return Object.fromEntries(
    Object.entries(now).map(([column, profile]) => {
      const earlier = before[column];
      const same = earlier?.kind === 'number' && profile.kind === 'number' ? earlier.mean === profile.mean : true;
      return [column, { ...profile, constant: profile.constant && (earlier?.constant ?? true) && same }];
    }),
  );
}

function summary({ version, training }: Manifest, digest: string): Trained {
  const { rows, steps, seconds, loss, backend, reproducible } = training;
  const device = `${backend.name} ${backend.tensorflow}, ${backend.device}, ${backend.threads} thread${backend.threads === 1 ? '' : 's'}`;
  return { version, digest, rows, steps, seconds, loss, backend: device, reproducible };
}
