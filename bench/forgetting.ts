/**
 * What each strategy forgets, by the protocols of the literature, beside the figures that others measured.
 *
 *   npm run bench:forgetting -- <protocol|all> [--seeds 5] [--methods replay,der] [--json] [--processes 2]
 *   npm run bench:forgetting -- <protocol|all> --confirm
 *   npm run bench:forgetting -- <protocol> --tune [--trial '{"options":{"alpha":0.3},"schedule":{"rate":0.01}}']
 *
 * Finished runs are kept and not run again until something changes that decides their result. Tables go to the terminal;
 * bench/results/ gets the runs, what they come to, and one picture a protocol. With --json the last line is JSON.
 * Fewer seeds than are recorded leave the record as it is.
 * --confirm is for a change of code that should change no result: it runs the first seed of what is recorded, and where that
 * one ends with the same accuracies to the last digit, takes the recorded runs of the other seeds for those of the new code.
 * --tune tries options on rows held out of the training set, with seeds from 101 on; nothing of it is kept.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { InvalidInput } from '../contracts';
import { textTable } from '../reports/table';
import { KeptRuns, type Kept } from './forgetting/kept';
import { picture } from './forgetting/picture';
import { methodsOf, protocolsNamed, type Request, type Trial } from './forgetting/plan';
import type { Protocol } from './forgetting/protocol';
import { protocols } from './forgetting/protocols';
import type { Outcome } from './forgetting/run';
import { courseRow, resultRow, summarise, type Summary } from './forgetting/summary';
import { runJobs } from './jobs';
import { benchOptions, countOf } from './options';

const usage = [
  'npm run bench:forgetting -- <protocol|all> [--seeds 5] [--methods replay,der] [--json] [--processes 2]',
  'npm run bench:forgetting -- <protocol|all> --confirm [--methods replay,der]',
  `npm run bench:forgetting -- <protocol> --tune [--trial '{"options":{"alpha":0.3},"schedule":{"rate":0.01}}']`,
  '',
  `Protocols: ${protocols.map(({ name, apart }) => (apart ? `${name} (not among all)` : name)).join(', ')}`,
].join('\n');
const { values: options, positionals } = benchOptions(usage, {
  seeds: { type: 'string' }, methods: { type: 'string' }, json: { type: 'boolean' }, processes: { type: 'string' }, tune: { type: 'boolean' }, trial: { type: 'string' }, confirm: { type: 'boolean' },
});
const seeds = countOf('seeds', options.seeds, 5);
const tuning = options.tune ?? false;
/** Seeds of trials: never those of a reported run. */
const firstSeed = tuning ? 101 : 1;
const results = resolve(__dirname, '../../bench/results');
const file = join(results, 'forgetting.json');
const width = 190;
/** One thread each: two runs at a time take less than one after the other with two threads, and give the same bits anywhere. */
const environment = { TF_ENABLE_ONEDNN_OPTS: '0', TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', MALLOC_MMAP_THRESHOLD_: String(2 ** 30), MALLOC_TRIM_THRESHOLD_: String(2 ** 34) };
/** Each holds some of MNIST's tasks: up to 2 GB. */
const mostProcesses = 4;

interface Results {
  commit: string | null;
  summaries: Summary[];
  runs: Kept[];
}

async function main(): Promise<void> {
  const chosen = protocolsNamed(positionals[0] ?? 'all');
  const names = options.methods?.split(',') ?? null;
  const before: Results = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : { commit: null, summaries: [], runs: [] };
  const kept = new KeptRuns(before.runs);
  const trial = options.trial === undefined ? {} : { trial: JSON.parse(options.trial) as Trial };
  if (!tuning && options.trial !== undefined) throw new InvalidInput('--trial goes with --tune: what is tried out may not see the test set');
  const wanted = chosen.flatMap((protocol) => methodsOf(protocol, names).flatMap((method) =>
    Array.from({ length: seeds }, (_, i): Request => ({ protocol: protocol.name, method: method.name, seed: firstSeed + i, tuning, ...trial }))));
  const done = new Map<Request, Kept>();
  for (const request of wanted) {
    const found = tuning ? undefined : kept.find(request);
    if (found) done.set(request, found);
  }
  if (options.confirm) return confirm(chosen, names, before, kept);
  const left = wanted.filter((request) => !done.has(request));
  say(`${wanted.length} runs, ${left.length} to do`);
  await runAll(left, (request, outcome) => {
    const run = tuning ? { ...request, digest: '', ...outcome } : kept.add(request, outcome);
    done.set(request, run);
    say(`${request.protocol}, ${request.method}, seed ${request.seed}: ${(100 * run.accuracy).toFixed(2)} in ${run.seconds.toFixed(0)} s (${run.training.toFixed(0)} s of steps, ${run.forms.join(', ')})`);
  });

  const runs = wanted.map((request) => done.get(request)!);
  const summaries = chosen.flatMap((protocol) => report(protocol, names, runs.filter((run) => run.protocol === protocol.name)));
  if (!tuning) write(chosen, before, summaries, runs);
  if (options.json) {
    console.log(JSON.stringify(summaries.map(({ protocol, method, memory, accuracy, sd, reference }) => ({ protocol, method, memory, accuracy: rounded(accuracy), sd: rounded(sd), reference }))));
  }
}

const runAll = (requests: Request[], onResult: (request: Request, outcome: Outcome) => void): Promise<Outcome[]> =>
  runJobs(join(__dirname, 'forgetting/job.js'), requests, environment, onResult, countOf('processes', options.processes, Math.min(mostProcesses, availableParallelism())));

/** Takes recorded runs for those of the code as it is now, where the first seed shows that nothing changed. */
async function confirm(chosen: Protocol[], names: string[] | null, before: Results, kept: KeptRuns): Promise<void> {
  const recorded = chosen.flatMap((protocol) => methodsOf(protocol, names).map((method) =>
    before.runs.filter((run) => run.protocol === protocol.name && run.method === method.name)));
  const requests = recorded.flatMap(([first]): Request[] => (first ? [{ protocol: first.protocol, method: first.method, seed: first.seed, tuning: false }] : []));
  const old = requests.filter((request) => !kept.find(request));
  const stands = new Set(before.runs.filter((run) => kept.find({ ...run, tuning: false })));
  say(`${requests.length} methods are recorded, ${old.length} of them by other code`);
  await runAll(old, (request, outcome) => {
    const runs = before.runs.filter((run) => run.protocol === request.protocol && run.method === request.method);
    const same = runs[0]!.accuracy === outcome.accuracy && alike(runs[0]!.matrix, outcome.matrix);
    if (!same) kept.add(request, outcome);
    for (const run of same ? runs : []) {
      stands.add(run);
      kept.add({ ...request, seed: run.seed }, run);
    }
    say(`${request.protocol}, ${request.method}: ${same ? `the same; ${runs.length} runs stand` : `${(100 * outcome.accuracy).toFixed(2)} instead of ${(100 * runs[0]!.accuracy).toFixed(2)}; to be run anew`}`);
  });
  save({ ...before, runs: before.runs.map((run) => (stands.has(run) ? kept.find({ ...run, tuning: false })! : run)) }, []);
}

/** Whether two courses are the same; a run whose course is not recorded is like any. */
const alike = (a: Kept['matrix'], b: Kept['matrix']): boolean => a === null || JSON.stringify(a) === JSON.stringify(b);

function report(protocol: Protocol, names: string[] | null, runs: Kept[]): Summary[] {
  const summaries = summarise(protocol, methodsOf(protocol, names), runs);
  console.log(`\n${protocol.title} (${protocol.name})\n${protocol.source}`);
  for (const line of protocol.ours) console.log(`· ${line}`);
  console.log(`\n${textTable(summaries.map(resultRow), width)}\n${textTable(summaries.map(courseRow), width)}`);
  return summaries;
}

/** What was measured now takes the place of the same protocol's and method's before. */
function write(chosen: Protocol[], before: Results, summaries: Summary[], runs: Kept[]): void {
  mkdirSync(results, { recursive: true });
  const same = (a: { protocol: string; method: string }) => (b: { protocol: string; method: string }): boolean => a.protocol === b.protocol && a.method === b.method;
  /** Whether the record has all these runs already, and more. */
  const partOfRecord = (summary: Summary): boolean => {
    const [now, then] = [runs, before.runs].map((list) => list.filter(same(summary)));
    return then!.length > now!.length && now!.every(({ seed, digest }) => then!.some((run) => run.seed === seed && run.digest === digest));
  };
  const anew = summaries.filter((summary) => !partOfRecord(summary));
  const all: Results = {
    commit: anew.length > 0 ? commit() : before.commit,
    summaries: [...before.summaries.filter((old) => !anew.some(same(old))), ...anew],
    runs: [...before.runs.filter((old) => !anew.some(same(old))), ...runs.filter((run) => anew.some(same(run)))],
  };
  save(all, chosen);
}

function save(all: Results, chosen: Protocol[]): void {
  const lines = (list: object[]): string => list.map((item) => `\n    ${JSON.stringify(item)}`).join(',');
  writeFileSync(file, `{\n  "commit": ${JSON.stringify(all.commit)},\n  "summaries": [${lines(all.summaries)}\n  ],\n  "runs": [${lines(all.runs)}\n  ]\n}\n`);
  for (const protocol of chosen) {
    const own = protocol.methods.flatMap(({ name }) => all.summaries.filter((summary) => summary.protocol === protocol.name && summary.method === name));
    if (own.some(({ course }) => course)) writeFileSync(join(results, `forgetting-${protocol.name}.svg`), picture(protocol, own));
  }
}

/** The commit that was measured, with a + where the working tree has changed since. */
function commit(): string | null {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: resolve(__dirname, '../..'), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no', '--', ':!bench/results') ? '+' : '');
  } catch {
    return null; // not a checkout
  }
}

const say = (line: string): void => console.error(line);
const rounded = (share: number): number => Number(share.toFixed(5));

main().catch((error: unknown) => {
  console.error(error instanceof InvalidInput ? error.message : error);
  process.exit(1);
});
