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
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { textTable } from '../reports';
import type { Kept } from './forgetting/kept';
import { benchOptions, countOf } from './options';
import { pythonWith } from './python';
import { mnistFolder } from './training/mnist';
import { mean, standardDeviation } from './training/statistics';

const { values: options } = benchOptions('npm run bench:avalanche [-- --seeds 5]', { seeds: { type: 'string' } });
const seeds = countOf('seeds', options.seeds, 5);
const results = resolve(__dirname, '../../bench/results');
const side = resolve(__dirname, '../../bench/forgetting/avalanche_side.py');
const packages = ['avalanche-lib==0.6.0', 'torch==2.15.0', 'torchvision==0.29.2', 'numpy==1.26.4'];

const squaredError = (values: number[]): number => standardDeviation(values) ** 2 / values.length;
const points = (share: number): string => (100 * share).toFixed(2);

async function main(): Promise<void> {
  const python = pythonWith('bench-avalanche', packages, 'Avalanche and PyTorch, about 5 GB');
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
  const { runs } = JSON.parse(readFileSync(join(results, 'forgetting.json'), 'utf8')) as { runs: Kept[] };
  const ours = runs.filter(({ protocol, method }) => protocol === 'split-mnist-online' && method === 'replay 1000').map(({ accuracy }) => accuracy);
  console.log(textTable(Object.entries({ 'Avalanche 0.6.0': theirs, ours }).map(([by, values]) => ({
    by, seeds: values.length, accuracy: points(mean(values)), sd: points(standardDeviation(values)), least: points(Math.min(...values)), most: points(Math.max(...values)),
  }))));
  const difference = mean(ours) - mean(theirs);
  const error = Math.sqrt(squaredError(ours) + squaredError(theirs));
  console.log(`Ours less Avalanche's: ${points(difference)} points, standard error ${points(error)}.`);
  const found = { published: 0.92, avalanche: theirs, ours, difference, standardError: error };
  writeFileSync(join(results, 'avalanche.json'), `${JSON.stringify(found, null, 1)}\n`);
  console.log(JSON.stringify(found));
  process.exitCode = Math.abs(difference) > 2 * error ? 1 : 0;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
