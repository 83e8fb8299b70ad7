import { check, rollbackExample, rollbackInput, type RollbackInput, type RollbackResult } from '../../contracts';
import { taskQueueOf, taskQueueOption, type Cli, type JsonOption, type TaskQueueOption } from '../cli';
import { withTemporal } from '../connection';
import { follow } from '../follow';
import { loginName } from '../login';
import { hasWorker, noWorker } from '../runs';
import { openRegistry, storeOption, type StoreOption } from '../store';
import { compactTime } from '../text';

interface RollbackOptions extends StoreOption, TaskQueueOption, JsonOption {
  to?: string;
  reason: string;
  by?: string;
}

/** `continual rollback`: an earlier version serves again; the one that is left is never used any more. */
export function addRollback(cli: Cli): void {
  cli
    .command('rollback <pipeline>', 'make an earlier version champion again and withdraw the one that is left', ['rollback electricity --reason "wrong prices since Monday"', 'rollback electricity --to 1.1.2 --reason "1.1.3 and 1.1.4 saw wrong prices"'])
    .option('--to <version>', 'the version to go back to (default: the champion before)')
    .requiredOption('--reason <text>', 'why; kept in the history')
    .option('--by <name>', 'who decides (default: the name of this login)')
    .addOption(taskQueueOption())
    .addOption(storeOption())
    .action(cli.action((pipeline: string, options: RollbackOptions) => rollback(cli, pipeline, options)));
}

async function rollback(cli: Cli, pipeline: string, options: RollbackOptions): Promise<void> {
  const { to, reason } = options;
  const by = options.by || loginName();
  const asked = check(rollbackInput, { pipeline, reason, by, ...(to === undefined ? {} : { to }) }, 'rollback', rollbackExample);
  const registry = openRegistry(cli.io, options);
  await registry.pipeline(pipeline);
  // What serves now is what is meant: until a worker takes the rollback, a run may have promoted another version.
  const champion = await registry.champion(pipeline);
  const input: RollbackInput = champion === null ? asked : { ...asked, from: champion.to };
  const taskQueue = taskQueueOf(cli.io, options);
  await withTemporal(cli.io, async (temporal) => {
    const workflowId = `rollback-${pipeline}-${compactTime(new Date())}`;
    const handle = await temporal.client.workflow.start('rollback', { workflowId, taskQueue, args: [input], staticSummary: `rollback ${pipeline}: ${reason}`.slice(0, 190) });
    if (!(await hasWorker(temporal, taskQueue))) cli.say(`it waits: ${noWorker(taskQueue)}`);
    const result = await follow<RollbackResult>(temporal, handle, handle.firstExecutionRunId, (line) => cli.say(line));
    cli.print(options, { workflowId, ...result }, () => `${pipeline}: ${result.to} is champion again (move ${result.revision}); ${result.from} is withdrawn; the next challenger that passes its gates waits for a person`);
  });
}
