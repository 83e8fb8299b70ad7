import { defaultPayloadConverter, QueryNotRegisteredError } from '@temporalio/client';
import type { RunStatus, TrainingProgress } from '../contracts';
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
  steps: { name: string; state: 'waiting' | 'running'; attempt: number; lastFailure: string | null }[];
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
  const beats = pending.flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload(payload));
  return {
    workflowId,
    runId,
    taskQueue,
    started: described.startTime.toISOString(),
    pipeline: answer.status?.pipeline ?? (await pipelineFromInput(temporal, workflowId, runId)),
    ...answer,
    progress: beats.find(isProgress) ?? null,
    steps: pending.map(({ activityType, state, attempt, lastFailure }) => ({
      name: activityType?.name ?? 'step',
      state: Number(state) === 1 ? 'waiting' : 'running',
      attempt: attempt ?? 1,
      lastFailure: lastFailure?.message ?? null,
    })),
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

/** Whether some worker has polled the queue for workflow tasks of late. */
export async function hasWorker({ connection, namespace }: Temporal, taskQueue: string): Promise<boolean> {
  const { pollers } = await connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue }, taskQueueType: 1 });
  return (pollers ?? []).length > 0;
}

export const noWorker = (taskQueue: string): string => `no worker polls the task queue ${taskQueue}; ${startWorker(taskQueue)}`;
const startWorker = (taskQueue: string) => `start one with: continual worker --task-queue ${taskQueue}`;

async function pipelineFromInput({ connection, namespace }: Temporal, workflowId: string, runId: string): Promise<string | null> {
  const { history } = await connection.workflowService.getWorkflowExecutionHistory({ namespace, execution: { workflowId, runId }, maximumPageSize: 1 });
  const payload = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  const input = payload && defaultPayloadConverter.fromPayload<{ pipeline?: unknown } | null>(payload);
  return typeof input?.pipeline === 'string' ? input.pipeline : null;
}

const isProgress = (details: unknown): details is TrainingProgress => typeof (details as TrainingProgress | null)?.epoch === 'number';
