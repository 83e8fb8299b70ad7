import type { SearchAttributePair } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { RunStatus } from '../contracts';
import { searchAttributeNames } from '../contracts/run';

const keys = {
  ContinualPipeline: defineSearchAttributeKey('ContinualPipeline', 'KEYWORD'),
  ContinualPhase: defineSearchAttributeKey('ContinualPhase', 'KEYWORD'),
  ContinualCandidate: defineSearchAttributeKey('ContinualCandidate', 'KEYWORD'),
  ContinualOutcome: defineSearchAttributeKey('ContinualOutcome', 'KEYWORD'),
};

/** The attributes of a run's state, only those that the namespace has: an unknown one would fail the workflow task. */
export function phaseAttributes(known: string[], status: RunStatus): SearchAttributePair[] {
  const values: Record<keyof typeof keys, string | null> = {
    ContinualPipeline: status.pipeline,
    ContinualPhase: status.phase,
    ContinualCandidate: status.candidate,
    ContinualOutcome: status.outcome,
  };
  return searchAttributeNames
    .filter((name) => known.includes(name) && values[name] !== null)
    .map((name) => ({ key: keys[name], value: values[name] as string }));
}
