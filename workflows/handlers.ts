import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { explain } from '../contracts/check';
import { decisionExample, decisionSchema, opinionExample, opinionSchema } from '../contracts/run';
import { evidence as renderEvidence } from '../reports/evidence';
import type { ApprovalDesk } from './approval-desk';
import { approvals, approve, decideUpdate, evidence, reject, status } from './definitions';
import type { RunState } from './run-state';

/** What a query may answer has its limit. */
const approvalsShown = 500;
const now = () => new Date(Date.now()).toISOString();

/** Lets people look at the run and decide on it. Signal handlers never throw: that would end or block the run. */
export function answerPeople(state: RunState, desk: ApprovalDesk): void {
  setHandler(status, () => state.status(desk), { description: 'Where the run is' });
  setHandler(evidence, () => renderEvidence(state.known(desk)), { description: 'What to decide from, as Markdown' });
  setHandler(approvals, () => desk.trail.slice(-approvalsShown), { description: 'The decisions that reached this run, the last 500 at most' });

  setHandler(decideUpdate, (input) => desk.take(decisionSchema.parse(input), 'update', now()), {
    description: `Approve or reject the candidate: ${JSON.stringify(decisionExample)}`,
    validator: (input) => {
      const checked = decisionSchema.safeParse(input ?? {});
      if (!checked.success)
        throw ApplicationFailure.nonRetryable(
          `decide: ${explain(checked.error, input, { schema: decisionSchema, example: decisionExample })}. A valid example: ${JSON.stringify(decisionExample)}`,
          'InvalidInput',
        );
    },
  });

  for (const [definition, decision, example] of [[approve, 'approve', opinionExample], [reject, 'reject', { ...opinionExample, reason: 'worse on Mondays' }]] as const)
    setHandler(
      definition,
      (input) => {
        const checked = opinionSchema.safeParse(input ?? {});
        if (checked.success) desk.take({ decision, ...checked.data }, 'signal', now());
        else desk.refuseMalformed(`refused: ${decision}: ${explain(checked.error, input, { schema: opinionSchema, example })}. A valid example: ${JSON.stringify(example)}`, now());
        state.changed(desk);
      },
      { description: `${decision === 'approve' ? 'Approve' : 'Reject'} the candidate: ${JSON.stringify(example)}` },
    );
}
