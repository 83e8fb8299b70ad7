/**
 * Operate on the champion, or train the changed model from scratch?
 *
 *   npm run bench:surgery [-- --seeds 5] [-- --only MNIST,electricity]
 *
 * The champion and the model from scratch get the same rows and the same number of steps each; what a surgery makes of the
 * champion is then trained for as many steps. Accuracy is that of held-out rows, looked at every 25 steps; what is compared
 * are running means over 200 steps. Counted is the first step at whose end the running mean is no more than .2 points below
 * the scratch model's last one: at the earliest the 200th. A champion's own steps are not counted: it was there before.
 * The learning rate is not warmed up, as by default.
 * The last line is JSON; it and the pictures go to bench/results/. The exit status is 1 where a limit is missed for no
 * known reason.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { environmentFor } from '../learning';
import { textTable } from '../reports';
import { runJobs } from './jobs';
import { benchOptions, countOf } from './options';
import { cases } from './surgery/cases';
import type { SurgeryJob, SurgeryResult } from './surgery/one';
import { exceptions, json, limited, picture, tableRows } from './surgery/report';
import { summarise } from './surgery/summary';
import { verdicts } from './verdicts';

const { values: options } = benchOptions('npm run bench:surgery [-- --seeds 5] [-- --only MNIST,electricity]', { seeds: { type: 'string' }, only: { type: 'string' } });
const seeds = countOf('seeds', options.seeds, 5);
const chosen = cases.filter(({ name }) => options.only?.split(',').some((part) => name.includes(part)) ?? true);
const folder = resolve(__dirname, '../../bench/results');
const dataOf = (name: string): string => name.split(':')[0]!;

async function main(): Promise<void> {
  const jobs = chosen.flatMap(({ name }) => Array.from({ length: seeds }, (_, i): SurgeryJob => ({ kase: name, seed: i + 1 })));
  const began = performance.now();
  console.log(`${chosen.length} surgeries, ${seeds} seeds each`);
  const results = await runJobs<SurgeryJob, SurgeryResult>(join(__dirname, 'surgery', 'one.js'), jobs, environmentFor({ mlp: [64, 32], activation: 'relu', dropout: 0 }), ({ kase, seed }) =>
    console.log(`  ${kase}, seed ${seed}: done after ${((performance.now() - began) / 60_000).toFixed(1)} minutes`),
  );
  const summaries = chosen.map(({ name }) => summarise(name, results.filter((_, i) => jobs[i]!.kase === name)));
  mkdirSync(folder, { recursive: true });
  for (const data of new Set(chosen.map(({ name }) => dataOf(name)))) {
    const of = summaries.filter(({ name }) => dataOf(name) === data);
    console.log(`\n${data}: ${of[0]!.note}; ${of[0]!.steps} steps. Medians; of the check the worst.\n`);
    console.log(textTable(tableRows(of), 200));
    writeFileSync(join(folder, `surgery-${data.toLowerCase()}.svg`), picture(data, of));
  }
  const { table, missed } = verdicts(limited(summaries));
  console.log(table);
  for (const what of missed) console.log(`MISSED: ${what}. ${exceptions[what] ?? 'No reason is known.'}`);
  const listed = missed.map((what) => ({ what, reason: exceptions[what] ?? null }));
  writeFileSync(join(folder, 'surgery.json'), `${JSON.stringify({ seeds, surgeries: json(summaries, true), missed: listed }, null, 1)}\n`);
  console.log(JSON.stringify({ seeds, surgeries: json(summaries, false), missed: listed }));
  process.exitCode = listed.some(({ reason }) => reason === null) ? 1 : 0;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
