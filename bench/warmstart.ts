/**
 * From scratch or from the old weights? Retraining policies over two streams, every period judged before it is trained on.
 *
 *   npm run bench:warmstart [-- --seeds 3] [-- --only electricity,rain]
 *
 * One process a core, one thread a process. Seconds are those of all updates, encoding and the memory included; `rows`
 * counts rows through a step. The last line is JSON; it and the pictures go to bench/results/. The exit status is 1
 * where a limit is missed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { environmentFor } from '../learning';
import { textTable } from '../reports';
import { runJobs } from './jobs';
import { benchOptions, countOf } from './options';
import { verdicts } from './verdicts';
import type { StreamJob, StreamResult } from './warmstart/one';
import { sources } from './warmstart/policies';
import { conclusions, costRows, json, limited, picture, reasons, tableRows } from './warmstart/report';
import { streams } from './warmstart/streams';
import { summarise } from './warmstart/summary';

const { values: options } = benchOptions('npm run bench:warmstart [-- --seeds 3] [-- --only electricity,rain]', { seeds: { type: 'string' }, only: { type: 'string' } });
const seeds = countOf('seeds', options.seeds, 3);
const names = options.only?.split(',') ?? Object.keys(streams);
const folder = resolve(__dirname, '../../bench/results');

async function main(): Promise<void> {
  const jobs = names.flatMap((stream) => Array.from({ length: seeds }, (_, i): StreamJob => ({ stream, seed: i + 1 })));
  const began = performance.now();
  const minutes = () => ((performance.now() - began) / 60_000).toFixed(1);
  console.log(`${seeds} seeds of ${names.join(' and ')}; about a minute each`);
  const results = await runJobs<StreamJob, StreamResult>(join(__dirname, 'warmstart', 'one.js'), jobs, environmentFor({ mlp: [64, 32], activation: 'relu', dropout: 0 }), ({ stream, seed }) =>
    console.log(`  ${stream}, seed ${seed}: done after ${minutes()} minutes`),
  );
  const summaries = names.map((name) => summarise(name, results.filter((_, i) => jobs[i]!.stream === name)));
  mkdirSync(folder, { recursive: true });
  for (const summary of summaries) {
    console.log(`\n${summary.stream}: ${summary.note}.\nReference: ${sources[summary.stream]}.\nRepeating the last label: ${summary.persistence.toFixed(4)}.\n`);
    console.log(textTable(tableRows(summary), 160));
    writeFileSync(join(folder, `warmstart-${summary.stream}.svg`), picture(summary));
  }
  const { table, missed } = verdicts(summaries.flatMap(limited));
  console.log(table);
  for (const what of missed) console.log(`MISSED: ${what}. ${reasons[what] ?? 'No reason is known.'}`);
  console.log(textTable(costRows(summaries), 160));
  console.log(`${conclusions(summaries).join('\n')}\n`);
  writeFileSync(join(folder, 'warmstart.json'), `${JSON.stringify({ seeds, ...json(summaries, true), missed }, null, 1)}\n`);
  console.log(JSON.stringify({ seeds, ...json(summaries, false), missed }));
  process.exitCode = missed.length > 0 ? 1 : 0;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
