import { z } from 'zod';
import { pipelineName, sha256, versionName } from './names';

export const retrainInput = z.strictObject({
  pipeline: pipelineName,
  /** Only rows before this time are seen; all that are there when it is left out. */
  until: z.iso.datetime({ local: true, offset: true }).optional(),
});
export type RetrainInput = z.output<typeof retrainInput>;
export const retrainExample = { pipeline: 'electricity' };

export const rollbackInput = z.strictObject({
  pipeline: pipelineName,
  /** The version to go back to; the champion before this one when it is left out. */
  to: versionName.optional(),
  /** The champion that is to be left. Where another one serves by then, nothing is moved; whichever serves where it is left out. */
  from: versionName.optional(),
  reason: z.string().trim().min(1).max(1000),
  by: z.string().max(200).default('unnamed'),
});
/** As a caller gives it; `by` is `unnamed` where it is left out. */
export type RollbackInput = z.input<typeof rollbackInput>;
export const rollbackExample = { pipeline: 'electricity', reason: 'wrong prices since Monday' };

const opinion = {
  candidate: versionName,
  /** The candidate's digest; must agree when it is given. */
  digest: sha256.optional(),
  reason: z.string().max(1000).default(''),
  by: z.string().max(200).default('unnamed'),
  /** Suites that need not be remembered any more. */
  retire: z.array(versionName).max(100).default([]),
};
/** Payload of the Signals `approve` and `reject`. */
export const opinionSchema = z.strictObject(opinion);
/** Payload of the Update `decide`. */
export const decisionSchema = z.strictObject({ decision: z.enum(['approve', 'reject']), ...opinion });
export type Decision = z.output<typeof decisionSchema>;
export const decisionExample = { decision: 'approve', candidate: '1.1.4', reason: 'looks right' };
export const opinionExample = { candidate: '1.1.4', reason: 'looks right' };

/** One line of the audit trail: a decision, what became of it, and why. */
export interface AuditEntry {
  at: string;
  channel: 'update' | 'signal' | 'deadline' | 'policy' | 'command';
  decision: Decision['decision'] | 'malformed';
  candidate: string | null;
  by: string;
  reason: string;
  accepted: boolean;
  answer: string;
}

/** Answer to the Update `decide`. */
export interface DecisionAnswer {
  accepted: boolean;
  answer: string;
}

/** What a run waits for a person to decide. */
export interface ApprovalRequest {
  candidate: string;
  digest: string;
  because: string[];
  since: string;
  deadline: string;
}

export type Phase =
  | 'resolving' | 'pulling' | 'comparing' | 'deciding' | 'planning' | 'training' | 'evaluating' | 'controlling'
  | 'awaiting-approval' | 'promoting' | 'reporting' | 'done';

export interface RunStatus {
  phase: Phase;
  pipeline: string;
  champion: string | null;
  candidate: string | null;
  decision: { action: Action; because: string } | null;
  approval: ApprovalRequest | null;
  outcome: Outcome | null;
}

export type Action = 'skip' | 'stateful' | 'stateless' | 'surgery';
export type Outcome = 'skipped' | 'promoted' | 'refused' | 'rejected' | 'superseded';

/** What `retrain` returns. Details stand in the store under `report`. */
export interface RunResult {
  pipeline: string;
  outcome: Outcome;
  action: Action;
  because: string;
  champion: string | null;
  candidate: string | null;
  newRows: number;
  driftFired: boolean;
  approvedBy: string | null;
  gates: { gate: string; outcome: string; because: string }[];
  report: string | null;
}

export interface RollbackResult {
  pipeline: string;
  from: string;
  to: string;
  revision: number;
}

/** Search attributes (Keyword) that runs set where the namespace has them; `continual setup` registers them. */
export const searchAttributeNames = ['ContinualPipeline', 'ContinualPhase', 'ContinualCandidate', 'ContinualOutcome'] as const;
/** Keyword, as Temporal numbers the types of search attributes. */
export const searchAttributeType = 2;
