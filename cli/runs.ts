import { defaultPayloadConverter, QueryNotRegisteredError, type Payload, type WorkflowExecutionDescription } from '@temporalio/client';
import { pipelineName, type RunStatus, type TrainingProgress } from '../contracts';
import type { Temporal } from './connection';
import { messageOf } from './exit';

/** A run in progress, as far as Temporal and its worker tell. */
export interface RunView {
  workflowId: string;
  runId: string;
  taskQueue: string;
  started: string;
  /** From the run itself, or from its input where no worker answers. */
  pipeline: string | null;
  status: RunStatus | null;
  /** Why there is no status, with the cure. */
  problem: string | null;
  progress: TrainingProgress | null;
  /** Steps that run, wait for a worker, or failed and are tried again. */
  steps: StepView[];
}

export interface StepView {
  name: string;
  state: 'waiting' | 'running';
  attempt: number;
  lastFailure: string | null;
  /** Why it waits: nobody polls its queue. */
  problem: string | null;
}

/** How long a status query may take: a missing worker is to be said, not waited for. */
const queryLimit = 3_000;

/** All runs in progress, of one pipeline where it is named, newest first. */
export async function runningRuns(temporal: Temporal, pipeline?: string): Promise<RunView[]> {
  const found: { workflowId: string; runId: string }[] = [];
  for await (const { workflowId, runId } of temporal.client.workflow.list({ query: `WorkflowType='retrain' AND ExecutionStatus='Running'` }))
    found.push({ workflowId, runId });
  const views = await Promise.all(found.map(({ workflowId, runId }) => viewOf(temporal, workflowId, runId)));
  return views.filter((view) => view !== null).filter((view) => pipeline === undefined || view.pipeline === pipeline);
}

/** One run; null when it has ended meanwhile. */
export async function viewOf(temporal: Temporal, workflowId: string, runId: string): Promise<RunView | null> {
  const described = await temporal.client.workflow.getHandle(workflowId, runId).describe();
  if (described.status.name !== 'RUNNING') return null;
  const { taskQueue } = described;
  const answer = await askStatus(temporal, { workflowId, runId, taskQueue });
  const pending = described.raw.pendingActivities ?? [];
  const beats = pending.flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? []).map(readable);
  return {
    workflowId,
    runId,
    taskQueue,
    started: described.startTime.toISOString(),
    pipeline: answer.status?.pipeline ?? (await pipelineFromInput(temporal, workflowId, runId)),
    ...answer,
    progress: beats.find(isProgress) ?? null,
    steps: await Promise.all(pending.map((activity) => stepOf(temporal, activity))),
  };
}

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

async function stepOf(temporal: Temporal, { activityType, state, attempt, lastFailure, activityOptions }: Pending): Promise<StepView> {
  const waits = Number(state) === 1;
  const queue = activityOptions?.taskQueue?.name;
  const alone = waits && queue && !(await hasWorker(temporal, queue, 'activity'));
  return {
    name: activityType?.name ?? 'step',
    state: waits ? 'waiting' : 'running',
    attempt: attempt ?? 1,
    lastFailure: lastFailure?.message ?? null,
    problem: alone ? noWorker(queue, '--plugin training ') : null,
  };
}

type Answer = Pick<RunView, 'status' | 'problem'>;

/** Asks the run where it is. Queries are answered by workers, so none may be there to answer. */
export async function askStatus(temporal: Temporal, run: { workflowId: string; runId: string; taskQueue: string }): Promise<Answer> {
  const { connection, client } = temporal;
  if (!(await hasWorker(temporal, run.taskQueue))) return { status: null, problem: noWorker(run.taskQueue) };
  const late = Symbol('late');
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<typeof late>((done) => (timer = setTimeout(() => done(late), queryLimit)));
  try {
    const query = connection.withDeadline(Date.now() + queryLimit, () => client.workflow.getHandle(run.workflowId, run.runId).query<RunStatus>('status'));
    query.catch(() => undefined);
    const answer = await Promise.race([query, limit]);
    return answer === late
      ? { status: null, problem: `its worker did not answer within ${queryLimit / 1000} s; is it still running? ${startWorker(run.taskQueue)}` }
      : { status: answer, problem: null };
  } catch (error) {
    // A workflow of another kind, such as a rollback: seconds of work, and nothing to ask.
    if (error instanceof QueryNotRegisteredError) return { status: null, problem: null };
    return { status: null, problem: `it cannot be asked: ${messageOf((error as Error).cause ?? error)}` };
  } finally {
    clearTimeout(timer);
  }
}

/** Whether some worker has polled the queue of late, for workflow tasks or for activities. */
export async function hasWorker({ connection, namespace }: Temporal, taskQueue: string, kind: 'workflow' | 'activity' = 'workflow'): Promise<boolean> {
  const taskQueueType = kind === 'workflow' ? 1 : 2;
  const { pollers } = await connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue }, taskQueueType });
  return (pollers ?? []).length > 0;
}

export const noWorker = (taskQueue: string, plugin = ''): string => `no worker polls the task queue ${taskQueue}; ${startWorker(taskQueue, plugin)}`;
const startWorker = (taskQueue: string, plugin = '') => `start one with: continual worker ${plugin}--task-queue ${taskQueue}`;

async function pipelineFromInput({ connection, namespace }: Temporal, workflowId: string, runId: string): Promise<string | null> {
  const { history } = await connection.workflowService.getWorkflowExecutionHistory({ namespace, execution: { workflowId, runId }, maximumPageSize: 1 });
  const payload = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return payload ? pipelineIn(payload) : null;
}

/** Anybody can start a workflow of this name with any input. */
const pipelineIn = (payload: Payload): string | null => pipelineName.safeParse((readable(payload) as { pipeline?: unknown } | null)?.pipeline).data ?? null;

/** Null where it cannot be read: an encrypted one, say. */
function readable(payload: Payload): unknown {
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return null;
  }
}

const isProgress = (details: unknown): details is TrainingProgress => typeof (details as TrainingProgress | null)?.epoch === 'number';
