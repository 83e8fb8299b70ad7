import { CancelledFailure, TerminatedFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { Outcome, RunResult } from '../contracts';
import { clip } from '../reports/words';
import type { Temporal } from './connection';
import { grpcCode, messageOf } from './exit';
import { shortTime } from './text';

/** The newest run that is over, and how it ended. */
export interface EndedRun {
  workflowId: string;
  runId: string;
  ended: string;
  /** `completed` where the result cannot be read: an encrypted one, say. */
  outcome: Outcome | 'failed' | 'cancelled' | 'terminated' | 'completed';
  candidate: string | null;
  because: string | null;
}

/** The last run of a pipeline that is over, as Temporal lists it; runs are known by the names that `start` and schedules give them. */
export async function lastRun({ client }: Temporal, pipeline: string): Promise<EndedRun | null> {
  const prefix = `retrain-${pipeline}-`;
  const query = `WorkflowType='retrain' AND ExecutionStatus!='Running' AND WorkflowId STARTS_WITH '${prefix}'`;
  // Newest first. What follows the name is a time: else it is another pipeline, whose name only begins the same.
  for await (const { workflowId, runId, closeTime } of client.workflow.list({ query, pageSize: 10 }))
    if (closeTime && /^\d{4}-?\d\d-?\d\dT[\d:]+Z?$/.test(workflowId.slice(prefix.length)))
      return { workflowId, runId, ended: closeTime.toISOString(), ...(await endOf(client.workflow.getHandle(workflowId, runId))) };
  return null;
}

async function endOf(handle: WorkflowHandle): Promise<Pick<EndedRun, 'outcome' | 'candidate' | 'because'>> {
  try {
    const { outcome, candidate, because } = (await handle.result()) as RunResult;
    return { outcome, candidate, because };
  } catch (error) {
    if (error instanceof WorkflowFailedError) return { ...failure(error.cause), candidate: null };
    if (grpcCode(error) !== undefined) throw error;
    return { outcome: 'completed', candidate: null, because: null };
  }
}

function failure(cause: Error | undefined): Pick<EndedRun, 'outcome' | 'because'> {
  if (cause instanceof CancelledFailure) return { outcome: 'cancelled', because: null };
  const because = cause?.message ? messageOf(cause) : null;
  return { outcome: cause instanceof TerminatedFailure ? 'terminated' : 'failed', because };
}

/** The same in one line. */
export const lastRunText = ({ outcome, candidate, because, ended }: EndedRun): string =>
  `the last run ended ${shortTime(ended)}: ${outcome}${candidate === null ? '' : ` ${candidate}`}${because === null ? '' : `: ${clip(because, 200)}`}`;
