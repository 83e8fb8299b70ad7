import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AuditEntry, DecisionAnswer, RunStatus } from '../contracts';

/** Where the run is. */
export const status = defineQuery<RunStatus>('status');
/** What a person decides from, as Markdown. */
export const evidence = defineQuery<string>('evidence');
/** Every decision that reached this run, and what became of it. */
export const approvals = defineQuery<AuditEntry[]>('approvals');
/** Approves or rejects the candidate, and answers whether it counted. Malformed input is refused without a trace. */
export const decideUpdate = defineUpdate<DecisionAnswer, [unknown]>('decide');
/** The same as `decide`, for the UI: never fails, keeps what it refuses in `approvals`. */
export const approve = defineSignal<[unknown]>('approve');
export const reject = defineSignal<[unknown]>('reject');
