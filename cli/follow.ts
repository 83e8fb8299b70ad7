import { ApplicationFailure, CancelledFailure, TerminatedFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ChangeLog } from './change-log';
import { CommandFailed, exitCodes, messageOf } from './exit';
import { viewOf } from './runs';
import type { Temporal } from './connection';

/** Waits for a run's end and says each change on the way. Throws `CommandFailed` with what the run failed with. */
export async function follow<T>(temporal: Temporal, handle: WorkflowHandle, runId: string, say: (line: string) => void): Promise<T> {
  let ended = false;
  const result = resultOf<T>(handle).finally(() => (ended = true));
  const watch = async () => {
    const log = new ChangeLog(say);
    while (!ended) {
      const view = await viewOf(temporal, handle.workflowId, runId).catch(() => null);
      if (view !== null && !ended) log.show([view]);
      await Promise.race([pause(1_000), result.catch(() => undefined)]);
    }
  };
  const [settled] = await Promise.allSettled([result, watch()]);
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

/** A workflow's result. What it failed with becomes the command's own message. */
async function resultOf<T>(handle: WorkflowHandle): Promise<T> {
  try {
    return (await handle.result()) as T;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw new CommandFailed(`${handle.workflowId} ${reasonOf(error.cause)}`, codeOf(error.cause), { cause: error });
  }
}

function reasonOf(cause: Error | undefined): string {
  if (cause instanceof CancelledFailure) return 'was cancelled';
  if (cause instanceof TerminatedFailure) return `was terminated${cause.message ? `: ${cause.message}` : ''}`;
  return `failed: ${messageOf(cause ?? 'without a reason')}`;
}

const invalid = ['InvalidInput', 'StoreDenied', 'UnknownPipeline', 'UnknownVersion'];
const codeOf = (cause: Error | undefined) =>
  cause instanceof ApplicationFailure && invalid.includes(cause.type ?? '') ? exitCodes.invalid : exitCodes.failed;

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
