import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { RunResult } from '../../contracts';
import { readPipeline } from '../../cli/pipeline-file';
import { endOf } from '../../cli/demo/periods';
import type { Stage } from '../../cli/demo/stage';
import { openStore, Registry } from '../../registry';
import { median } from './figures';

/** One run: where its seconds went. */
export interface Split {
  wall: number;
  /** Inside optimizer steps, as the version's manifest says. */
  training: number;
  /** Everything else. */
  rest: number;
  /** The rest by step, from the event times of the run's history; `train` without the optimizer's steps. */
  steps: Record<string, number>;
}

/** The first run warms the worker up: it starts the training process and trains from scratch. The second is not counted either. */
const warmUps = 2;

/** Retrains the demo's model on its first periods of four weeks, as a schedule would, with nobody to ask. */
export async function measureRetraining(stage: Stage, runs: number): Promise<Split[]> {
  const registry = new Registry(openStore(stage.store));
  const pipeline = await readPipeline(join(__dirname, '..', '..', '..', 'examples', 'electricity', 'electricity.yaml'));
  await registry.apply({ ...pipeline, approval: { ...pipeline.approval, when: 'never' } });
  const splits: Split[] = [];
  for (let period = 0; period < warmUps + runs; period++) {
    const began = performance.now();
    const workflowId = `period-${period}`;
    const { outcome, candidate } = (await stage.client.workflow.execute('retrain', {
      taskQueue: 'continual',
      workflowId,
      args: [{ pipeline: pipeline.name, until: endOf(period) }],
    })) as RunResult;
    const wall = (performance.now() - began) / 1000;
    if (!candidate) throw new Error(`period ${period}: ${outcome}, and nothing was trained`);
    const training = (await registry.manifest(pipeline.name, candidate)).manifest.training.seconds;
    if (period >= warmUps) splits.push({ wall, training, rest: wall - training, steps: await restBySteps(stage.client, workflowId, wall, training) });
  }
  return splits;
}

async function restBySteps(client: Client, workflowId: string, wall: number, training: number): Promise<Record<string, number>> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const scheduled = new Map<string, { step: string; at: number }>();
  const steps: Record<string, number> = {};
  for (const { eventId, eventTime, activityTaskScheduledEventAttributes: begun, activityTaskCompletedEventAttributes: done } of events ?? []) {
    const at = Number(eventTime!.seconds) + (eventTime!.nanos ?? 0) / 1e9;
    if (begun) scheduled.set(String(eventId), { step: begun.activityType!.name!, at });
    const open = done && scheduled.get(String(done.scheduledEventId));
    if (open) steps[open.step] = (steps[open.step] ?? 0) + at - open.at;
  }
  steps.train = (steps.train ?? 0) - training;
  steps['between steps'] = wall - training - Object.values(steps).reduce((sum, value) => sum + value, 0);
  return steps;
}

/** The median of each figure by itself. */
export function medians(splits: Split[]): Split {
  const of = (pick: (split: Split) => number) => median(splits.map(pick));
  const steps = Object.fromEntries(Object.keys(splits[0]!.steps).map((step) => [step, of((split) => split.steps[step] ?? 0)]));
  return { wall: of(({ wall }) => wall), training: of(({ training }) => training), rest: of(({ rest }) => rest), steps };
}
