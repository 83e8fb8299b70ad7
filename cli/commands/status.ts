import { Option } from 'commander';
import { CorruptArtifact, NewerRelease, type Move } from '../../contracts';
import type { Registry } from '../../registry';
import { inLines } from '../../reports/words';
import { ChangeLog } from '../change-log';
import type { Cli, JsonOption } from '../cli';
import { withTemporal, type Temporal } from '../connection';
import { lastRun, lastRunText, type EndedRun } from '../last-run';
import { overtakenBy } from '../overtaken';
import { runText } from '../run-text';
import { runningRuns, type RunView } from '../runs';
import { openRegistry, storeOption, type StoreOption } from '../store';
import { shortTime, terminalLines } from '../text';

interface StatusOptions extends StoreOption, JsonOption {
  watch?: boolean;
}
interface StatusRun extends RunView {
  /** The version that became champion while the run worked on its candidate; null where none did. */
  overtakenBy: string | null;
}
interface PipelineStatus {
  pipeline: string;
  champion: { version: string; since: string; revision: number } | null;
  runs: StatusRun[];
  /** How the newest run that is over ended; null before the first. */
  last: EndedRun | null;
  /** Why the store does not say what serves; null where it does. */
  problem: string | null;
}

/** `continual status`: what serves, what runs, what waits for a person, and how the last run ended. */
export function addStatus(cli: Cli): void {
  cli
    .command('status [pipeline]', 'what serves, what runs, what waits for a decision', ['status', 'status electricity --watch', 'status electricity --json'])
    .addOption(new Option('--watch', 'show changes until no run is left').conflicts('json'))
    .addOption(storeOption())
    .action(
      cli.action(async (pipeline: string | undefined, options: StatusOptions) => {
        const registry = openRegistry(cli.io, options);
        if (pipeline !== undefined) await registry.pipeline(pipeline);
        await withTemporal(cli.io, async (temporal) => {
          if (options.watch) return watch(cli, temporal, registry, pipeline);
          const found = await look(temporal, registry, pipeline);
          cli.print(options, { pipelines: found }, () => statusText(found));
        });
      }),
    );
}

async function look(temporal: Temporal, registry: Registry, pipeline?: string): Promise<PipelineStatus[]> {
  const runs = await Promise.all((await runningRuns(temporal, pipeline)).map(async (run) => ({ ...run, overtakenBy: await overtaken(registry, run) })));
  const applied = pipeline === undefined ? await registry.pipelines() : [pipeline];
  const names = [...new Set([...applied, ...runs.map((run) => run.pipeline ?? '?')])];
  return Promise.all(
    names.map(async (name) => ({
      pipeline: name,
      ...(name === '?' ? { champion: null, problem: null } : await served(registry, name)),
      runs: runs.filter((run) => (run.pipeline ?? '?') === name),
      last: name === '?' ? null : await lastRun(temporal, name),
    })),
  );
}

/** One pipeline's broken document must not hide all the others. */
async function served(registry: Registry, name: string): Promise<Pick<PipelineStatus, 'champion' | 'problem'>> {
  try {
    return { champion: championOf(await registry.champion(name)), problem: null };
  } catch (error) {
    if (error instanceof CorruptArtifact || error instanceof NewerRelease) return { champion: null, problem: error.message };
    throw error;
  }
}

const overtaken = async (registry: Registry, { status }: RunView): Promise<string | null> =>
  status?.candidate && status.outcome === null ? overtakenBy(registry, status.pipeline, status.candidate).catch(() => null) : null;

const championOf = (move: Move | null) => move && { version: move.to, since: move.at, revision: move.revision };

function statusText(found: PipelineStatus[]): string {
  if (found.length === 0) return 'no pipelines yet; apply one with: continual apply <file>';
  return found
    .map(({ pipeline, champion, problem, runs, last }) => {
      const serves = problem ?? (champion ? `champion ${champion.version} since ${shortTime(champion.since)}` : 'no champion yet');
      const lines = runs.length > 0 ? runs.map((run) => runText(run, run.overtakenBy)) : [`no run in progress; start one with: continual start ${pipeline}`];
      return [`${pipeline}: ${serves}`, ...lines, ...(last ? [lastRunText(last)] : [])].join('\n  ');
    })
    .join('\n');
}

/** On a terminal in place; in a log one line for each change. */
async function watch(cli: Cli, temporal: Temporal, registry: Registry, pipeline?: string): Promise<void> {
  const { io } = cli;
  const log = new ChangeLog((line) => io.out(`${inLines(line)}\n`));
  let height = 0;
  for (;;) {
    const found = await look(temporal, registry, pipeline);
    const runs = found.flatMap((one) => one.runs);
    const text = inLines(statusText(found));
    // On a terminal up to the first line, then clear to the end of the screen.
    const { width } = io;
    if (width !== null) io.out(`${height > 0 ? `\x1b[${height}A` : ''}\x1b[J${text}\n`);
    else if (runs.length > 0) log.show(runs);
    else io.out(`${text}\n`);
    height = width === null ? 0 : terminalLines(text, width);
    if (runs.length === 0) return;
    await new Promise((done) => setTimeout(done, 1_000));
  }
}
