import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { RollbackInput, RollbackResult } from '../contracts';
import { rollbackExample, rollbackInput } from '../contracts/run';
import { accept } from './accept';
import { explainFailure, light } from './steps';

/**
 * Makes an earlier version champion again, and withdraws the one that is left: it is never promoted or continued from
 * again. Runs in flight are superseded. Input: `{"pipeline": "electricity", "reason": "…"}`, with `to` for a named version,
 * and `from` for the one that is meant to be left.
 */
export async function rollback(input: RollbackInput): Promise<RollbackResult> {
  const { pipeline, to, from, reason, by } = accept(rollbackInput, input, 'rollback', rollbackExample);
  // The one that a reset keeps: a move that was made before it is this rollback's.
  const { workflowId, originalExecutionRunId: runId, taskQueue } = workflowInfo();
  try {
    // What the world may have seen is not taken back: a rollback that is cancelled meanwhile is finished, and says so.
    const done = await CancellationScope.nonCancellable(() => light.rollBack({ pipeline, to: to ?? null, ...(from === undefined ? {} : { from }), reason, by, run: { workflowId, runId } }));
    return { pipeline, ...done };
  } catch (error) {
    throw explainFailure(error, null, taskQueue);
  }
}
