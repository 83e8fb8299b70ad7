import { condition, log } from '@temporalio/workflow';
import type { Pipeline, SurgerySummary } from '../contracts';
import { milliseconds } from '../contracts/duration';
import type { ChampionRef } from '../activities/types';
import type { ApprovalDesk } from './approval-desk';
import type { RunState } from './run-state';

/**
 * Waits for a person's decision on the candidate: until the reminder, then until the deadline, then as the pipeline says.
 * A decision that arrives first wins; the deadline's own decision stands in the audit trail like any other.
 */
export async function awaitApproval(
  pipeline: Pipeline,
  candidate: { version: string; digest: string },
  because: string[],
  state: RunState,
  desk: ApprovalDesk,
): Promise<'approve' | 'reject'> {
  const { approval } = pipeline;
  const deadline = milliseconds(approval.deadline);
  const reminder = Math.min(deadline, approval.reminder === undefined ? deadline / 2 : milliseconds(approval.reminder));
  const since = Date.now();
  desk.open({
    candidate: candidate.version,
    digest: candidate.digest,
    because,
    since: new Date(since).toISOString(),
    deadline: new Date(since + deadline).toISOString(),
  });
  state.enter('awaiting-approval', desk);

  const decided = () => desk.settled;
  if (!(await condition(decided, reminder, { summary: `reminder: ${candidate.version} waits for a decision` }))) {
    log.warn(`${pipeline.name}: ${candidate.version} still waits for a decision; after the deadline: ${approval.atDeadline}`, { reminder: true });
    // The reminder may have come late, where no worker was there to take it. A wait of 0 leaves a marker that runs in flight lack.
    const rest = Math.max(deadline > reminder ? 1 : 0, since + deadline - Date.now());
    if (!(await condition(decided, rest, { summary: `deadline: then ${approval.atDeadline}` })))
      desk.take(
        { decision: approval.atDeadline, candidate: candidate.version, by: 'deadline', reason: `nobody decided within ${approval.deadline}`, retire: [] },
        'deadline',
        new Date(Date.now()).toISOString(),
      );
  }
  return desk.decision!.decision;
}

/**
 * Why a person should look, or none when the pipeline lets this challenger pass without one. After a rollback always: a challenger
 * that learned from the same rows would bring back what was taken away.
 */
export function reasonsToAsk(pipeline: Pipeline, doubts: string[], driftFindings: string[], surgery: Pick<SurgerySummary, 'because'> | null = null, rolledBack?: ChampionRef['rolledBack']): string[] {
  if (rolledBack) {
    const others = reasonsToAsk(pipeline, doubts, driftFindings, surgery);
    return [`${rolledBack.from} was rolled back (${rolledBack.reason}), and this challenger may have learned from the same rows`, ...(others.length > 0 ? others : [...doubts, ...driftFindings])];
  }
  // Runs that began before there was surgery resolved their pipeline without this section.
  if (surgery && (pipeline.surgery?.approval ?? 'always') === 'always')
    return [`the architecture changes: ${surgery.because.join('; ')}`, ...doubts, ...driftFindings];
  switch (pipeline.approval.when) {
    case 'never':
      return [];
    case 'in-doubt':
      return [...doubts, ...driftFindings];
    case 'always':
      return ['the pipeline asks for every challenger', ...doubts, ...driftFindings];
  }
}
