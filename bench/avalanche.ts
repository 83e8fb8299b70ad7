/**
 * What does the publisher's own code reach here? Replay in one pass over Split-MNIST, by Avalanche and by us.
 *
 *   npm run bench:avalanche [-- --seeds 5]
 *
 * Avalanche publishes .92 for it, of one seed. Avalanche 0.6.0 is installed from its registry (about 5 GB, with PyTorch), and
 * takes some five minutes a seed; ours are the runs that `npm run bench:forgetting -- split-mnist-online` has recorded.
 * The last line is JSON; it goes to bench/results/avalanche.json. The exit status is 1 where the means lie further apart than
 * twice the standard error of their difference.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { textTable } from '../reports';
import { difference, points, recorded, results, spreadRow, withinNoise } from './forgetting/beside';
import { benchOptions, countOf } from './options';
import { avalanche } from './python';
import { mnistFolder } from './training/mnist';

const { values: options } = benchOptions('npm run bench:avalanche [-- --seeds 5]', { seeds: { type: 'string' } });
const seeds = countOf('seeds', options.seeds, 5, 2);
const side = resolve(__dirname, '../../bench/forgetting/avalanche_side.py');

async function main(): Promise<void> {
  const python = avalanche();
  const waiting = Array.from({ length: seeds }, (_, i) => i + 1);
  const theirs: number[] = [];
  const work = async (): Promise<void> => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      // It warns of its own old calls with each step.
      const { stdout } = await promisify(execFile)(python, [side, mnistFolder(), `${seed}`], { maxBuffer: Infinity }).catch((error: { stderr: string }) => {
        throw new Error(`Avalanche, seed ${seed}: ${error.stderr.slice(-2000)}`);
      });
      theirs[seed - 1] = Number(stdout);
      console.log(`Avalanche, seed ${seed}: ${points(theirs[seed - 1]!)}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const ours = recorded('split-mnist-online', 'replay 1000');
  console.log(textTable([spreadRow('Avalanche 0.6.0', theirs), spreadRow('ours', ours)]));
  const off = difference(ours, theirs);
  console.log(`Ours less Avalanche's: ${points(off.difference)} points, standard error ${points(off.standardError)}.`);
  const found = { published: 0.92, avalanche: theirs, ours, ...off };
  writeFileSync(join(results, 'avalanche.json'), `${JSON.stringify(found, null, 1)}\n`);
  console.log(JSON.stringify(found));
  process.exitCode = withinNoise(off) ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
