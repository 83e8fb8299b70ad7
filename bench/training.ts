/**
 * How fast compiled steps train and predict, beside Keras and beside tfjs itself.
 *
 *   npm run bench:training [-- --profile] [-- --rounds 7] [-- --only mlp,predict-mlp,electricity,export]
 *
 * Both sides hold their data in memory and shuffle it each epoch. Rounds are interleaved, ours and Keras' in turn, so
 * that what else the machine does falls on both. The last line is JSON: our time over Keras', below 1 is faster.
 * Every number stands beside its limit; the exit status is 1 where one is missed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { trainingEnvironment } from '../learning/compiled';
import { textTable, type TextRow } from '../reports/table';
import { benchOptions, countOf } from './options';
import { cases, type Case } from './training/cases';
import { electricityTask, type timeElectricity } from './training/electricity';
import { kerasPython } from './training/keras';
import { judge, type Numbers } from './training/limits';
import { Side } from './training/side';
import { median, spread } from './training/statistics';

interface Timing {
  ms: number;
  p99?: number;
  form?: string;
  first?: number;
}

const usage = 'npm run bench:training [-- --profile] [-- --rounds 7] [-- --only mlp,predict-mlp,electricity,export]';
const { values: options } = benchOptions(usage, { profile: { type: 'boolean' }, rounds: { type: 'string' }, only: { type: 'string' }, ms: { type: 'string' } });
const rounds = countOf('rounds', options.rounds, 7);
/** Milliseconds that a round of one side should take. */
const length = countOf('ms', options.ms, 600);
const only = options.only?.split(',');
const wanted = (name: string): boolean => only?.includes(name) ?? true;
const chosen = cases.filter(({ name }) => wanted(name));
const small = cases.filter(({ batch }) => batch < 1024);
const perCall = [10, 25, 50];

async function main(): Promise<void> {
  const ours = new Map<string, Side>();
  const side = async (kase: Case): Promise<Side> => {
    const environment = trainingEnvironment(kase);
    const key = JSON.stringify(environment);
    if (!ours.has(key)) {
      ours.set(key, new Side(process.execPath, [join(__dirname, 'training/node-side.js')], environment));
      await ours.get(key)!.ask();
    }
    return ours.get(key)!;
  };
  if (options.profile) {
    await profile(side);
    return ours.forEach((s) => s.close());
  }
  // The compiled file lies in dist/bench/training, the script beside its source.
  const keras = new Side(kerasPython(), [resolve(__dirname, '../../bench/training/keras_side.py')]);
  const { version } = await keras.ask<{ version: string }>();
  console.log(`${rounds} interleaved rounds; ms, median (lowest–highest); against ${version}, and its best of ${perCall.join(', ')} steps per execution`);
  const result: Numbers = {};
  const table: TextRow[] = [];
  for (const kase of chosen) {
    const { row, numbers } = await training(kase, await side(kase), keras);
    table.push(row);
    result[kase.name] = numbers;
    console.log(Object.entries(row).map(([key, value]) => `${key}: ${value}`).join('   '));
  }
  if (wanted('electricity')) result.electricity = await demo(await side(small[0]!), keras);
  for (const kase of small.filter(({ name }) => ['mlp', 'cnn'].includes(name) && wanted(`predict-${name}`))) {
    result[`predict-${kase.name}`] = await predicting(kase, await side(kase), keras);
  }
  if (wanted('export')) {
    result.export = {};
    for (const kase of small) result.export[kase.name] = await exporting(kase, await side(kase), keras);
  }
  [keras, ...ours.values()].forEach((s) => s.close());
  console.log(`\n${textTable(table)}`);
  const { table: judged, missed } = judge(result);
  console.log(textTable(judged));
  if (missed > 0) console.log(`MISSED: ${missed} limit${missed === 1 ? '' : 's'}`);
  console.log(JSON.stringify(result));
  process.exitCode = missed > 0 ? 1 : 0;
}

async function training(kase: Case, side: Side, keras: Side) {
  const stepsPerEpoch = Math.ceil(kase.rows / kase.batch);
  const rehearsal = { ours: await side.ask<Timing>({ what: 'fit', name: kase.name, epochs: 1 }), keras: await keras.ask<Timing>({ what: 'fit', name: kase.name, epochs: 1 }) };
  const epochs = (ms: number) => Math.max(1, Math.round(length / (ms * stepsPerEpoch)));
  const times = { ours: [] as number[], keras: [] as number[], best: perCall.map(() => [] as number[]) };
  let form = '';
  for (let round = 0; round < rounds; round++) {
    const timing = await side.ask<Timing>({ what: 'fit', name: kase.name, epochs: epochs(rehearsal.ours.ms) });
    form = timing.form ?? '';
    times.ours.push(timing.ms);
    times.keras.push((await keras.ask<Timing>({ what: 'fit', name: kase.name, epochs: epochs(rehearsal.keras.ms) })).ms);
    for (const [i, steps] of perCall.entries()) {
      if (steps < stepsPerEpoch) times.best[i]!.push((await keras.ask<Timing>({ what: 'fit', name: kase.name, epochs: epochs(rehearsal.keras.ms), per_call: steps })).ms);
    }
  }
  const tfjs = await side.ask<Timing>({ what: 'tfjs-fit', name: kase.name });
  const best = times.best.filter((t) => t.length > 0).sort((a, b) => median(a) - median(b))[0];
  const ratio = (a: number[], b: number[]) => median(a.map((x, i) => x / b[i]!));
  const round3 = (x: number) => Number(x.toFixed(3));
  const numbers: Record<string, number> = { ratio: round3(ratio(times.ours, times.keras)), tfjs: round3(median(times.ours) / tfjs.ms), first: Math.round(rehearsal.ours.first ?? NaN), firstKeras: Math.round(rehearsal.keras.first ?? NaN) };
  if (best) numbers.best = round3(ratio(times.ours, best));
  const row: TextRow = {
    case: `${kase.name}, batch ${kase.batch}`, ours: `${spread(times.ours)} ${form}`, Keras: spread(times.keras), 'Keras, best': best ? spread(best) : '–',
    'tfjs fit': tfjs.ms.toFixed(1), ratio: numbers.ratio!.toFixed(2), 'to best': numbers.best?.toFixed(2) ?? '–', 'first result': `${numbers.first} ms, Keras ${numbers.firstKeras}`,
  };
  return { row, numbers };
}

/** The demo's first training, from the compressed CSV to the network, on both sides anew in each round. */
async function demo(side: Side, keras: Side): Promise<Record<string, number>> {
  type Run = Awaited<ReturnType<typeof timeElectricity>>;
  const times = { ours: [] as number[], keras: [] as number[] };
  const task = { what: 'electricity', ...electricityTask() };
  for (let round = -1; round < rounds; round++) {
    const [a, b] = [await side.ask<Run>({ what: 'electricity' }), await keras.ask<Run>(task)];
    if (a.rows !== b.rows || a.steps !== b.steps) throw new Error(`the sides differ: ${a.rows} rows, ${a.steps} steps and ${b.rows} rows, ${b.steps} steps`);
    // The round before the first warms up.
    if (round < 0) console.log(`the demo's own training: ${a.rows} rows, ${a.steps} steps (${a.form}); last loss ${a.loss.toFixed(3)}, Keras ${b.loss.toFixed(3)}`);
    else {
      times.ours.push(a.ms);
      times.keras.push(b.ms);
    }
  }
  console.log(`  ours ${spread(times.ours, 0)} ms, Keras ${spread(times.keras, 0)} ms, data preparation included`);
  return { ratio: Number(median(times.ours.map((ms, i) => ms / times.keras[i]!)).toFixed(3)) };
}

/** The largest difference between tfjs's predictions and those of Python with the exported SavedModel. */
async function exporting(kase: Case, side: Side, keras: Side): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'export-'));
  try {
    const written = await side.ask<object>({ what: 'export', name: kase.name, folder });
    return (await keras.ask<{ difference: number }>({ what: 'export', ...written })).difference;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function predicting(kase: Case, side: Side, keras: Side): Promise<Record<string, number>> {
  const calls = 200;
  const times = { ours: [] as Timing[], eager: [] as Timing[], keras: [] as Timing[] };
  for (let round = 0; round < rounds; round++) {
    times.ours.push(await side.ask<Timing>({ what: 'predict', name: kase.name, calls }));
    times.eager.push(await side.ask<Timing>({ what: 'tfjs-predict', name: kase.name, calls }));
    times.keras.push(await keras.ask<Timing>({ what: 'predict', name: kase.name, calls }));
  }
  const of = (list: Timing[], key: 'ms' | 'p99') => median(list.map((t) => t[key]!));
  const ratio = (list: Timing[], key: 'ms' | 'p99') => Number((of(times.ours, key) / of(list, key)).toFixed(3));
  console.log(`predict one row, ${kase.name}: ours ${of(times.ours, 'ms').toFixed(3)} ms (p99 ${of(times.ours, 'p99').toFixed(3)}), tfjs ${of(times.eager, 'ms').toFixed(3)} (${of(times.eager, 'p99').toFixed(3)}), tf.function ${of(times.keras, 'ms').toFixed(3)} (${of(times.keras, 'p99').toFixed(3)})`);
  return { eager: ratio(times.eager, 'ms'), eagerP99: ratio(times.eager, 'p99'), function: ratio(times.keras, 'ms'), functionP99: ratio(times.keras, 'p99') };
}

async function profile(side: (kase: Case) => Promise<Side>): Promise<void> {
  const table: TextRow[] = [];
  for (const kase of chosen) {
    const times = await (await side(kase)).ask<Record<string, number>>({ what: 'profile', name: kase.name });
    table.push({ case: kase.name, ...Object.fromEntries(Object.entries(times).map(([key, ms]) => [key, ms.toFixed(3)])) });
  }
  console.log('ms a step. call: a session call that does nothing; pass: one forward pass, its matrix products included.');
  console.log(textTable(table));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
