import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { check, retrainExample, retrainInput, type Outcome, type RunResult } from '../../contracts';
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
    .option('--until <time>', 'see only rows before this time')
    .option('--wait', 'follow the run to its end; exit code 3 when its challenger was not promoted')
    .addOption(taskQueueOption())
    .addOption(storeOption())
    .action(cli.action((pipeline: string, options: StartOptions) => start(cli, pipeline, options)));
}

async function start(cli: Cli, pipeline: string, options: StartOptions): Promise<number> {
  const input = check(retrainInput, { pipeline, ...(options.until === undefined ? {} : { until: options.until }) }, 'start', retrainExample);
  await openRegistry(cli.io, options).pipeline(pipeline);
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
    cli.print(options, { workflowId, runId, result }, () => resultText(result));
    return notPromoted.includes(result.outcome) ? exitCodes.refused : exitCodes.ok;
  });
}

const notPromoted: Outcome[] = ['refused', 'rejected', 'superseded'];

function resultText(result: RunResult): string {
  const { pipeline, outcome, because, champion, candidate, newRows, approvedBy, gates, report } = result;
  return [
    `${pipeline}: ${outcome}${candidate ? ` ${candidate}` : ''}: ${because}`,
    `champion ${champion ?? 'none'}, ${newRows} new rows${approvedBy ? `, approved by ${approvedBy}` : ''}`,
    ...gates.map((gate) => `  ${gate.outcome.padEnd(5)} ${gate.gate}: ${gate.because}`),
    ...(report ? [`report: ${report} in the store`] : []),
  ].join('\n');
}
