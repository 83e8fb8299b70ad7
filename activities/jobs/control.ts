import type { BackendFacts, Control, Pipeline, Table } from '../../contracts';
import { InvalidInput, TrainingDiverged } from '../../contracts';
import { stepsOf } from '../../learning';
import { controlOf } from '../control-key';
import type { ControlInput } from '../types';
import type { JobContext } from './context';
import { learn } from './learn';
import { loadSnapshot, loadVersion, prepare } from './load';
import { classesOf, difference, measure } from './measure';
import { lessonRows } from './rows';

/**
 * Trains the pipeline's model from scratch on the challenger's rows and for as many steps, as near as whole epochs come, and
 * measures both on the same held-out rows. Nothing but checkpoints is written: it may be killed and repeated. That it
 * cannot be trained ends no run.
 */
export async function trainControl(input: ControlInput, context: JobContext): Promise<Control> {
  const { registry } = context;
  const { pipeline: name, version } = input;
  const { pipeline, backend } = await prepare(registry, input);
  const { manifest, learner: challenger } = await loadVersion(registry, name, version);
  const key = controlOf(version);
  try {
    const table = await loadSnapshot(registry, input.snapshot.digest);
    const { learning, gates } = pipeline;
    const rows = await lessonRows(context, pipeline, manifest.snapshots, table, false);
    const budget = controlFor(pipeline, manifest.training.steps, rows, backend);
    const { learner, rowsTouched, steps, seconds } = await learn(context, { pipeline: budget, table: rows, parent: null, backend, key });
    try {
      const { heldOut } = manifest.snapshots.at(-1)!;
      const classes = classesOf(table, challenger.features.label, challenger.features, learner.features);
      const [theirs, own] = [measure(challenger, table, heldOut, classes), measure(learner, table, heldOut, classes)];
      await registry.clearCheckpoints(name, key);
      const between = difference(theirs.losses, own.losses, gates.confidence, learning.seed);
      return { rows: rowsTouched, steps, seconds, accuracy: own.accuracy, challenger: theirs.accuracy, difference: between };
    } finally {
      learner.model.dispose();
    }
  } catch (error) {
    if (!(error instanceof InvalidInput || error instanceof TrainingDiverged)) throw error;
    await registry.clearCheckpoints(name, key);
    return { failed: error.message };
  } finally {
    challenger.model.dispose();
  }
}

/** The pipeline for a training from scratch that is as long as the challenger's. */
export function controlFor(pipeline: Pipeline, steps: number, table: Table, backend: BackendFacts): Pipeline {
  const lasting = (scratchEpochs: number): Pipeline => ({ ...pipeline, learning: { ...pipeline.learning, scratchEpochs } });
  const perEpoch = stepsOf({ pipeline: lasting(1), table, parent: null, backend });
  // A strategy that goes on by sums alone takes steps from scratch only.
  return lasting(steps > 0 && perEpoch > 0 ? Math.max(1, Math.round(steps / perEpoch)) : pipeline.learning.epochs);
}
