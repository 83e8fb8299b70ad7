import { sleep } from '@temporalio/workflow';
import type { RetrainInput, RollbackInput } from '../../contracts';
import * as workflows from '../../workflows';

/** The workflows with a wait before the first step: what a release must never do to runs in flight. */
export async function retrain(input: RetrainInput) {
  await sleep('1s');
  return workflows.retrain(input);
}

export async function rollback(input: RollbackInput) {
  await sleep('1s');
  return workflows.rollback(input);
}
