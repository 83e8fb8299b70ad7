import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { check, retrainInput, type Outcome, type RunResult, type SnapshotRef } from '../../contracts';
import type { Registry } from '../../registry';
import { absentInWords } from '../../reports/words';
import { taskQueueOf, taskQueueOption, type Cli, type JsonOption, type TaskQueueOption } from '../cli';
import { uiUrl, withTemporal } from '../connection';
import { CommandFailed, exitCodes } from '../exit';
import { follow } from '../follow';
import { hasWorker, noWorker } from '../runs';
import { openRegistry, storeOption, type StoreOption } from '../store';
import { compactTime } from '../text';

interface StartOptions extends StoreOption, TaskQueueOption, JsonOption {
  until?: string;
  wait?: boolean;
}

/** `continual start`: one pass of the lifecycle, now. */
export function addStart(cli: Cli): void {
  cli
    .command('start <pipeline>', 'start a run: pull, decide, train, prove, ask, promote', ['start electricity', 'start electricity --wait', 'start electricity --until 1997-05-02T00:00:00Z --wait --json'])
    .option('--until <time>', 'see only rows before this time; a date alone is its midnight in UTC')
    .option('--wait', 'follow the run to its end; exit code 3 when its challenger was not promoted')
    .addOption(taskQueueOption())
    .addOption(storeOption())
    .action(cli.action((pipeline: string, options: StartOptions) => start(cli, pipeline, options)));
}

async function start(cli: Cli, pipeline: string, options: StartOptions): Promise<number> {
  const input = check(retrainInput, { pipeline, ...(options.until === undefined ? {} : { until: instantOf(options.until) }) }, 'start');
  const registry = openRegistry(cli.io, options);
  await registry.pipeline(pipeline);
  const taskQueue = taskQueueOf(cli.io, options);
  return withTemporal(cli.io, async (temporal) => {
    const workflowId = `retrain-${pipeline}-${compactTime(new Date())}`;
    const handle = await temporal.client.workflow
      .start('retrain', { workflowId, taskQueue, args: [input], staticSummary: `retrain ${pipeline}${input.until ? ` until ${input.until}` : ''}` })
      .catch((error: unknown) => {
        if (error instanceof WorkflowExecutionAlreadyStartedError) throw new CommandFailed(`${workflowId} was started this very second; see: continual status ${pipeline}`);
        throw error;
      });
    const runId = handle.firstExecutionRunId;
    const ui = uiUrl(cli.io, temporal, workflowId, runId);
    if (!(await hasWorker(temporal, taskQueue))) cli.say(`it waits: ${noWorker(taskQueue)}`);
    if (!options.wait) {
      cli.print(options, { workflowId, runId, taskQueue, ui }, () => [`started ${workflowId}`, ...(ui ? [ui] : []), `follow it: continual status ${pipeline} --watch`].join('\n'));
      return exitCodes.ok;
    }
    cli.say(`started ${workflowId}${ui ? `\n${ui}` : ''}`);
    const result = await follow<RunResult>(temporal, handle, runId, (line) => cli.say(line));
    const snapshot = await snapshotOf(registry, result);
    cli.print(options, { workflowId, runId, result }, () => resultText(result, snapshot));
    return notPromoted.includes(result.outcome) ? exitCodes.refused : exitCodes.ok;
  });
}

const instantOf = (time: string): string => (/^\d{4}-\d{2}-\d{2}$/.test(time) ? `${time}T00:00:00Z` : time);

const notPromoted: Outcome[] = ['refused', 'rejected', 'superseded'];

/** The rows that a run read, as its report says; null where there is no report to read. */
async function snapshotOf({ store }: Registry, { report }: RunResult): Promise<SnapshotRef | null> {
  const bytes = report && (await store.get(report.replace(/\.html$/, '.json')).catch(() => null));
  if (!bytes) return null;
  const { evidence } = JSON.parse(Buffer.from(bytes).toString()) as { evidence?: { snapshot?: SnapshotRef | null } };
  return evidence?.snapshot ?? null;
}

function setAside(quarantined: Record<string, number>): string[] {
  const reasons = Object.entries(quarantined).sort(([, a], [, b]) => b - a);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  return total === 0 ? [] : [`${total} ${total === 1 ? 'row' : 'rows'} set aside: ${reasons.map(([reason, count]) => `${reason} (${count})`).join(', ')}`];
}

function resultText(result: RunResult, snapshot: SnapshotRef | null): string {
  const { pipeline, outcome, because, champion, candidate, newRows, approvedBy, gates, report } = result;
  return [
    `${pipeline}: ${outcome}${candidate ? ` ${candidate}` : ''}: ${because}`,
    `champion ${champion ?? 'none'}, ${newRows} new rows${approvedBy ? `, approved by ${approvedBy}` : ''}`,
    ...setAside(snapshot?.quarantined ?? {}),
    ...(snapshot?.absent ? [absentInWords(snapshot.absent)] : []),
    ...gates.map((gate) => `  ${gate.outcome.padEnd(5)} ${gate.gate}: ${gate.because}`),
    ...(report ? [`report: ${report} in the store`] : []),
  ].join('\n');
}
