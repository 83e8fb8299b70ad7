import type { ColumnProfile, Manifest, Profile, SnapshotUse, Table } from '../../contracts';
import { heldOutRange } from '../../contracts';
import { commonest, profileTable } from '../../drift';
import type { Learner } from '../../learning';
import { saveModel } from '../../learning';
import { publishedBefore } from '../published';
import type { TrainInput, Trained } from '../types';
import type { JobContext } from './context';
import { learn } from './learn';
import { loadSnapshot, loadVersion, prepare } from './load';
import { afterSurgery, operated, surgeryNamed, teacherFor } from './operate';
import { lessonRows } from './rows';
import { savedModel } from './saved-model';

/**
 * Trains the challenger and publishes it. Safe to kill and repeat at any point: it goes on from the newest checkpoint,
 * files lie under the digest of their content, and the first manifest that is written is the version for ever.
 */
export async function train(input: TrainInput, context: JobContext): Promise<Trained> {
  const { registry } = context;
  const { pipeline: name, version, run, champion, mode } = input;
  const published = await publishedBefore(registry, name, version);
  if (published) {
    // An attempt that was killed right after publishing left them.
    await registry.clearCheckpoints(name, version);
    return summary(published.manifest, published.digest);
  }

  const { pipeline, backend } = await prepare(registry, input);
  const champ = champion && (await loadVersion(registry, name, champion.version));
  let patient: Learner | null = null;
  try {
    const surgery = input.surgery === undefined ? null : await surgeryNamed(registry, input.surgery);
    const table = await loadSnapshot(registry, input.snapshot.digest);
    const use = useOf(input, table, pipeline.gates.holdout);
    if (champ && surgery) patient = await operated(pipeline, champ.learner, surgery, table, use.trained);
    const lineage = champ?.manifest.snapshots ?? [];
    const begin = mode === 'stateless' ? null : (patient ?? champ?.learner ?? null);
    const rows = await lessonRows(context, pipeline, [...lineage, use], table, begin === null);
    const overtaken = async () => (await publishedBefore(registry, name, version)) !== null;
    const lesson = surgery ? afterSurgery(pipeline, surgery, rows.rows) : pipeline;
    const teacher = champ && patient && surgery ? teacherFor(champ.learner, patient, surgery) : null;
    const result = await learn(context, { pipeline: lesson, table: rows, parent: begin, teacher, backend, key: version, overtaken });
    try {
      const { learner, rowsTouched, steps, seconds, loss, reproducible, form } = result;
      const before = champ && (JSON.parse(Buffer.from(await registry.readFile(champ.manifest, 'profile.json')).toString()) as Profile);
      const files = { ...saveModel(learner), ...(await savedModel(learner)), 'profile.json': Buffer.from(JSON.stringify(carryConstants(profileTable(table), before))) };
      const { manifest, digest } = await registry.publish({
        format: 1,
        pipeline: name,
        version,
        parent: champion?.version ?? null,
        mode,
        run,
        created: new Date().toISOString(),
        pipelineRevision: input.pipelineRevision,
        schemaVersion: input.snapshot.schemaVersion,
        classes: learner.features.classes,
        files: await registry.putFiles(name, version, files),
        snapshots: [...lineage, use],
        cursor: use.last,
        ...(surgery ? { surgery: surgery.manifest } : {}),
        training: { strategy: lesson.learning.strategy.name, rows: rowsTouched, steps, seconds, loss, backend, reproducible, form, memory: carried(learner) },
      });
      await registry.clearCheckpoints(name, version);
      return summary(manifest, digest);
    } finally {
      result.learner.model.dispose();
    }
  } finally {
    patient?.model.dispose();
    champ?.learner.model.dispose();
  }
}

function useOf({ snapshot }: TrainInput, { rows }: Table, holdout: number): SnapshotUse {
  const heldOut = heldOutRange(rows, holdout);
  return { digest: snapshot.digest, rows, trained: { from: 0, to: heldOut.from }, heldOut, first: snapshot.first!, last: snapshot.last! };
}

/** What the strategy takes along besides the model. */
function carried({ strategy }: Learner): { bytes: number; rows: number } {
  const arrays = [...Object.values(strategy?.memory ?? {}), ...Object.values(strategy?.tensors ?? {})];
  return { bytes: arrays.reduce((sum, { values }) => sum + values.byteLength, 0), rows: strategy?.memory?.y?.shape[0] ?? 0 };
}

/** A column is constant for a lineage only as long as it kept one value in all of its snapshots. */
function carryConstants(now: Profile, before: Profile | null): Profile {
  if (!before) return now;
  return Object.fromEntries(
    Object.entries(now).map(([column, profile]) => {
      const earlier = before[column];
      return [column, { ...profile, constant: profile.constant && (!earlier || (earlier.constant && sameValue(earlier, profile))) }];
    }),
  );
}

const sameValue = (a: ColumnProfile, b: ColumnProfile): boolean => commonest(a)?.value === commonest(b)?.value;

function summary({ version, mode, training }: Manifest, digest: string): Trained {
  const { strategy, rows, steps, seconds, loss, backend, reproducible, memory = { bytes: 0, rows: 0 } } = training;
  const device = `${backend.name} ${backend.tensorflow}, ${backend.device}, ${backend.threads} thread${backend.threads === 1 ? '' : 's'}`;
  return { version, digest, mode, strategy, rows, steps, seconds, loss, backend: device, reproducible, memory };
}
