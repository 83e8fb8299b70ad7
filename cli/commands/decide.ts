import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, type WorkflowExecutionDescription, type WorkflowHandle } from '@temporalio/client';
import { check, decisionSchema, InvalidInput, UnknownVersion, type Decision, type DecisionAnswer } from '../../contracts';
import type { Registry, Reservation } from '../../registry';
import type { Cli, JsonOption } from '../cli';
import { withTemporal, type Temporal } from '../connection';
import { CommandFailed, exitCodes, messageOf } from '../exit';
import { loginName } from '../login';
import { overtakenBy, overtakenText } from '../overtaken';
import { hasWorker, noWorker, runningRuns } from '../runs';
import { openRegistry, storeOption, type StoreOption } from '../store';

interface DecisionOptions extends StoreOption, JsonOption {
  reason?: string;
  by?: string;
  digest?: string;
  retire?: string[];
}

/** How long the run's worker may take to answer. */
const answerLimit = 15_000;

/** `continual approve` and `continual reject`: a person's word on the candidate that a run waits for. */
export function addDecisions(cli: Cli): void {
  add(cli, 'approve', 'promote the candidate that a run waits for', ['approve electricity 1.1.4', 'approve electricity 1.1.4 --reason "checked the new suburb" --retire 1.1.1'])
    .option('--retire <version...>', 'suites that need not be remembered any more');
  add(cli, 'reject', 'turn down the candidate that a run waits for', ['reject electricity 1.1.4 --reason "the prices of May are wrong"']);
}

function add(cli: Cli, decision: Decision['decision'], summary: string, examples: string[]) {
  return cli
    .command(`${decision} <pipeline> <candidate>`, summary, examples)
    .option('--reason <text>', 'why; kept in the audit trail')
    .option('--by <name>', 'who decides (default: the name of this login); nothing verifies it')
    .option('--digest <sha256>', "refuse unless this is the candidate's digest")
    .addOption(storeOption())
    .action(cli.action((pipeline: string, candidate: string, options: DecisionOptions) => decide(cli, decision, pipeline, candidate, options)));
}

async function decide(cli: Cli, decision: Decision['decision'], pipeline: string, candidate: string, options: DecisionOptions): Promise<number> {
  const { reason, digest, retire } = options;
  const by = options.by || loginName();
  const given = { decision, candidate, by, ...(reason === undefined ? {} : { reason }), ...(digest === undefined ? {} : { digest }), ...(retire === undefined ? {} : { retire }) };
  const checked = check(decisionSchema, given, decision);
  const registry = openRegistry(cli.io, options);
  await registry.pipeline(pipeline);
  return withTemporal(cli.io, async (temporal) => {
    const reservation = await registry.reservation(pipeline, candidate);
    if (reservation === null) throw new UnknownVersion(`${pipeline} has no candidate ${candidate}. ${await whatWaits(temporal, pipeline)}`);
    // Asked before: once the run has promoted its candidate, that is champion itself.
    const overtaken = decision === 'approve' ? await overtakenBy(registry, pipeline, candidate) : null;
    const answered = await ask(temporal, reservation, checked);
    const answer = typeof answered === 'object' ? answered : await refuseLate(registry, pipeline, reservation, checked, answered);
    if (answer.accepted && overtaken !== null) cli.say(overtakenText(overtaken));
    cli.print(options, { pipeline, candidate, ...answer }, () => answer.answer);
    return answer.accepted ? exitCodes.ok : exitCodes.refused;
  });
}

/** The run's own answer; or what became of the run, in words, where it has ended or this Temporal does not know it. */
async function ask(temporal: Temporal, { run }: Reservation, decision: Decision): Promise<DecisionAnswer | string> {
  const elsewhere = `is not known to the Temporal at ${temporal.address}, namespace ${temporal.namespace}: it ended long ago, or runs elsewhere (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE)`;
  const found = await goingOn(temporal, run.workflowId, run.runId).catch(unlessGone(elsewhere));
  if (typeof found === 'string') return found;
  if (found === null) return 'has ended';
  const { handle, taskQueue } = found;
  try {
    // An Update that nobody takes is lost: better to say so than to wait.
    if (!(await hasWorker(temporal, taskQueue))) throw new CommandFailed(`${run.workflowId} cannot answer: ${noWorker(taskQueue)}. Then decide again`);
    return await temporal.connection.withDeadline(Date.now() + answerLimit, () => handle.executeUpdate<DecisionAnswer, [Decision]>('decide', { args: [decision] }));
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw new InvalidInput(messageOf(error.cause ?? error), { cause: error });
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
      throw new CommandFailed(`${run.workflowId} did not answer within ${answerLimit / 1000} s; the decision may still count: look with continual status, then decide again`);
    return unlessGone('has ended')(error);
  }
}

/** The run, or what somebody's reset made of it; null where that has ended. */
async function goingOn(temporal: Temporal, workflowId: string, runId: string): Promise<{ handle: WorkflowHandle; taskQueue: string } | null> {
  for (let id: string | null | undefined = runId; id; ) {
    const handle: WorkflowHandle = temporal.client.workflow.getHandle(workflowId, id);
    const { status, taskQueue, raw }: WorkflowExecutionDescription = await handle.describe();
    if (status.name === 'RUNNING') return { handle, taskQueue };
    id = raw.workflowExtendedInfo?.resetRunId;
  }
  return null;
}

const unlessGone = (because: string) => (error: unknown): string => {
  if (error instanceof WorkflowNotFoundError) return because;
  throw error;
};

/** A decision for which no run is left is refused here, and kept like any other. */
async function refuseLate(registry: Registry, pipeline: string, { run }: Reservation, { decision, candidate, by, reason }: Decision, because: string): Promise<DecisionAnswer> {
  const version = (await registry.versions(pipeline)).find((one) => one.version === candidate);
  const answer = `refused: the run of ${candidate}, ${run.workflowId}, ${because}; ${candidate} is ${version?.state ?? 'unknown'}`;
  await registry.appendAudit(pipeline, candidate, [
    { id: `command-${randomUUID()}`, entry: { at: new Date().toISOString(), channel: 'command', decision, candidate, by, reason, accepted: false, answer } },
  ]);
  return { accepted: false, answer };
}

async function whatWaits(temporal: Temporal, pipeline: string): Promise<string> {
  const waiting = (await runningRuns(temporal, pipeline)).flatMap(({ status }) => status?.approval?.candidate ?? []);
  return waiting.length > 0 ? `Waiting for a decision: ${waiting.join(', ')}` : `Nothing waits for a decision; see: continual status ${pipeline}`;
}
