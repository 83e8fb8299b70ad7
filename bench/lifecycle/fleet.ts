import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunResult, RunStatus } from '../../contracts';
import { pipelineSchema } from '../../contracts';
import type { Stage } from '../../cli/demo/stage';
import { openStore, Registry } from '../../registry';
import { median } from './figures';

export interface Fleet {
  /** Seconds from its start to its end, of each run. */
  runs: number[];
  slowestOverMedian: number;
  /** Seconds until `status` was answered. */
  queries: number;
  slowestQuery: number;
}

const taskQueue = 'fleet';

/** Many pipelines at once on one worker that does everything; their status is asked for one after the other all the time. */
export async function measureFleet(stage: Stage, size: number): Promise<Fleet> {
  await stage.start(/polls/, 'worker', '--task-queue', taskQueue);
  const names = Array.from({ length: size }, (_, i) => `fleet-${i + 1}`);
  await applyAll(stage, ['warm-up', ...names]);
  const start = (name: string) => stage.client.workflow.start('retrain', { taskQueue, workflowId: name, args: [{ pipeline: name }] });
  await (await start('warm-up')).result();

  const handles = await Promise.all(names.map(start));
  let open = size;
  const ends = Promise.all(
    handles.map(async (handle) => {
      const { outcome, because } = (await handle.result().finally(() => open--)) as RunResult;
      if (outcome !== 'promoted') throw new Error(`${handle.workflowId} was ${outcome}: ${because}`);
    }),
  );
  const waits: number[] = [];
  for (let i = 0; open > 0; i++) {
    const began = performance.now();
    await handles[i % size]!.query<RunStatus>('status');
    waits.push((performance.now() - began) / 1000);
  }
  await ends;
  const runs = await Promise.all(
    handles.map(async (handle) => {
      const { startTime, closeTime } = await handle.describe();
      return (closeTime!.getTime() - startTime.getTime()) / 1000;
    }),
  );
  return { runs, slowestOverMedian: Math.max(...runs) / median(runs), queries: waits.length, slowestQuery: Math.max(...waits) };
}

/** Small pipelines over 600 rows each: what is measured is how they share one worker. */
async function applyAll(stage: Stage, names: string[]): Promise<void> {
  const folder = join(fileURLToPath(stage.store), '..', 'rows');
  const registry = new Registry(openStore(stage.store));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'rows.csv'), rows());
  for (const name of names)
    await registry.apply(
      pipelineSchema.parse({
        name,
        source: { files: join(folder, 'rows.csv'), time: 'time' },
        label: { column: 'up' },
        model: { mlp: [8] },
        learning: { scratchEpochs: 3 },
        approval: { when: 'never' },
      }),
    );
}

function rows(): string {
  const start = Date.parse('2026-01-05T00:00:00Z');
  const lines = Array.from({ length: 600 }, (_, i) => {
    const [price, demand] = [Math.sin(i), Math.cos(i * 0.7)];
    return `${new Date(start + i * 1_800_000).toISOString()},${price},${demand},${price + demand / 2 > 0 ? 'yes' : 'no'}`;
  });
  return ['time,price,demand,up', ...lines, ''].join('\n');
}
