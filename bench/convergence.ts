/**
 * MNIST, trained by eager steps, by compiled steps and by Keras: the same test accuracy within noise?
 *
 *   npm run bench:convergence [-- --seeds 5] [-- --epochs 5] [-- --json]
 *
 * Eager and compiled steps start from the same weights and see the same rows in the same order, and must end with the
 * same bits. Keras draws its own. The last line is JSON, the only one with --json; the exit status is 1 where the bits or
 * the accuracies differ.
 */
import { join, resolve } from 'node:path';
import { trainingEnvironment } from '../learning/compiled';
import { benchOptions, countOf } from './options';
import { kerasPython } from './training/keras';
import type { converge } from './training/mnist';
import { mnistFolder } from './training/mnist';
import { Side } from './training/side';
import { mean, sameWithinNoise, standardDeviation } from './training/statistics';

type Outcome = Awaited<ReturnType<typeof converge>>;

const usage = 'npm run bench:convergence [-- --seeds 5] [-- --epochs 5] [-- --json]';
const { values: options } = benchOptions(usage, { seeds: { type: 'string' }, epochs: { type: 'string' }, json: { type: 'boolean' } });
const seeds = countOf('seeds', options.seeds, 5);
const epochs = countOf('epochs', options.epochs, 5);
const say = (line: string): void => void (options.json || console.log(line));
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

async function main(): Promise<void> {
  const parameters = 478_410;
  const ours = new Side(process.execPath, [join(__dirname, 'training/node-side.js')], trainingEnvironment({ convolution: false, parameters, batch: 128 }));
  const keras = new Side(kerasPython(), [resolve(__dirname, '../../bench/training/keras_side.py')]);
  await ours.ask();
  const { version } = await keras.ask<{ version: string }>();
  say(`MNIST, 784-400-400-10, batch 128, Adam 1e-3, ${epochs} epochs, ${seeds} seeds; against ${version}`);
  const accuracies = { eager: [] as number[], compiled: [] as number[], keras: [] as number[] };
  let identical = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const eager = await ours.ask<Outcome>({ what: 'converge', form: 'eager', seed, epochs });
    const compiled = await ours.ask<Outcome>({ what: 'converge', form: 'compiled', seed, epochs });
    const python = await keras.ask<Pick<Outcome, 'accuracy' | 'seconds'>>({ what: 'converge', folder: mnistFolder(), seed, epochs });
    accuracies.eager.push(eager.accuracy);
    accuracies.compiled.push(compiled.accuracy);
    accuracies.keras.push(python.accuracy);
    const same = eager.weights === compiled.weights;
    if (same) identical++;
    const each = { eager, [`compiled (${compiled.form})`]: compiled, Keras: python };
    say(`seed ${seed}: ${Object.entries(each).map(([name, { accuracy, seconds }]) => `${name} ${percent(accuracy)} in ${seconds.toFixed(1)} s`).join(', ')}; weights ${same ? 'identical to the last bit' : 'DIFFER'}`);
  }
  [ours, keras].forEach((side) => side.close());
  for (const [name, list] of Object.entries(accuracies)) say(`${name.padEnd(8)} ${percent(mean(list))} ± ${percent(standardDeviation(list))}`);
  const same = sameWithinNoise(accuracies.compiled, accuracies.keras);
  say(`${identical} of ${seeds} bit-identical; compiled and Keras: ${same ? 'the same within noise' : 'NOT the same within noise'}`);
  const summary = Object.fromEntries(Object.entries(accuracies).map(([name, list]) => [name, { mean: mean(list), sd: standardDeviation(list) }]));
  console.log(JSON.stringify({ ...summary, identical, seeds, epochs, same }));
  process.exitCode = same && identical === seeds ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
