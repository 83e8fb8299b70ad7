/**
 * What do published protocols give on average? Where ours is short of a published figure, its protocol in plain PyTorch over many
 * seeds (forgetting/reference.py), beside ours.
 *
 *   npm run bench:reference [-- --seeds 64]
 *   npm run bench:reference -- --from output.jsonl
 *
 * PyTorch is installed from its registry (about 5 GB). With a GPU it takes some minutes, without one hours; where another machine
 * has the GPU, run the script there and give its output with --from. Ours are the runs that `npm run bench:forgetting` has
 * recorded. The last line is JSON; it goes to bench/results/reference.json. The exit status is 1 where the means of ours and of
 * the protocol lie further apart than twice the standard error of their difference.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { textTable } from '../reports/table';
import { difference, points, recorded, results, spreadRow, withinNoise } from './forgetting/beside';
import { methodsOf, protocolsNamed } from './forgetting/plan';
import { benchOptions, countOf } from './options';
import { avalanche } from './python';
import { mnistFolder } from './training/mnist';

/** A line that the script prints; accuracies 0..1, a seed each. */
interface Measured {
  protocol: string;
  method: string;
  device: string;
  torch: string;
  accuracies: number[];
}

const { values: options } = benchOptions('npm run bench:reference [-- --seeds 64]\nnpm run bench:reference -- --from output.jsonl', { seeds: { type: 'string' }, from: { type: 'string' } });
const script = resolve(__dirname, '../../bench/forgetting/reference.py');
const output = options.from === undefined
  ? execFileSync(avalanche(), [script, mnistFolder(), `${countOf('seeds', options.seeds, 64, 2)}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  : readFileSync(options.from, 'utf8');

const found = output.trim().split('\n').map((line) => {
  const measured = JSON.parse(line) as Measured;
  const { protocol, method, device, torch, accuracies } = measured;
  const [plan] = protocolsNamed(protocol);
  const published = methodsOf(plan!, [method])[0]!.reference!.accuracy;
  const ours = recorded(protocol, method);
  const off = difference(ours, accuracies);
  console.log(`\n${plan!.title}, ${method}: published ${points(published)}\n\n${textTable([spreadRow(`plain PyTorch ${torch}, ${device}`, accuracies), spreadRow('ours', ours)])}`);
  console.log(`Ours less the protocol's: ${points(off.difference)} points, standard error ${points(off.standardError)}. ` +
    `${accuracies.filter((accuracy) => accuracy >= published).length} of the protocol's ${accuracies.length} seeds reach what is published.`);
  return { ...measured, published, ours, ...off };
});
writeFileSync(join(results, 'reference.json'), `[\n ${found.map((one) => JSON.stringify(one)).join(',\n ')}\n]\n`);
console.log(JSON.stringify(found));
process.exitCode = found.every(withinNoise) ? 0 : 1;
