import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setStage } from '../cli/demo/stage';
import { textTable } from '../reports';
import { median, rounded } from './lifecycle/figures';
import { measureFleet, type Fleet } from './lifecycle/fleet';
import { judged } from './lifecycle/limits';
import { measureRetraining, medians, type Split } from './lifecycle/retraining';

/**
 * What the lifecycle adds to a training, and how many pipelines one worker carries. Everything is real: Temporal's dev
 * server on a database file, workers as the command line starts them, native TensorFlow, a store in a folder.
 * The last line is JSON; the exit status is 1 where a limit is missed.
 */
const limits = { rest: 2, slowestOverMedian: 1.5, slowestQuery: 1 };
const [retrainings, pipelines] = [5, 20];
const folder = join(__dirname, '..', '..', '.continual', 'bench');

async function bench(): Promise<void> {
  console.log(`${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}`);
  const stage = await setStage(folder);
  try {
    const splits = await measureRetraining(stage, retrainings);
    const middle = medians(splits);
    printSplits(splits, middle);
    const fleet = await measureFleet(stage, pipelines);
    printFleet(fleet);
    const { slowestOverMedian, slowestQuery } = fleet;
    const { table, missed } = judged(
      [
        { what: 'everything but training', value: middle.rest, limit: limits.rest, unit: ' s' },
        { what: 'slowest pipeline over median', value: slowestOverMedian, limit: limits.slowestOverMedian, unit: 'x' },
        { what: 'slowest status query', value: slowestQuery, limit: limits.slowestQuery, unit: ' s' },
      ],
      `${folder}.json`,
    );
    console.log(`\n${table}`);
    console.log(
      JSON.stringify({
        rest: rounded(middle.rest),
        training: rounded(middle.training),
        fleet: { slowestOverMedian: rounded(slowestOverMedian), slowestQuery: rounded(slowestQuery) },
      }),
    );
    if (missed.length > 0) process.exitCode = 1;
  } finally {
    await stage.stop();
  }
}

function printSplits(splits: Split[], middle: Split): void {
  const row = (name: string, { wall, training, rest, steps }: Split) => ({
    'seconds of': name,
    wall: wall.toFixed(2),
    training: training.toFixed(2),
    'everything else': rest.toFixed(2),
    ...Object.fromEntries(Object.entries(steps).map(([step, seconds]) => [step, seconds.toFixed(2)])),
  });
  console.log(`\nOne retraining on four weeks of the electricity market (1,344 rows):\n`);
  console.log(textTable([...splits.map((split, i) => row(`run ${i + 1}`, split)), row('median', middle)], 160));
}

function printFleet({ runs, queries }: Fleet): void {
  console.log(`${runs.length} pipelines at once on one worker: median ${median(runs).toFixed(1)} s, slowest ${Math.max(...runs).toFixed(1)} s; ${queries} status queries meanwhile.`);
}

bench().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
