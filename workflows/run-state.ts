import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type {
  Action, Control, Evaluation, Outcome, Phase, Pipeline, RunResult, RunStatus, SnapshotRef, SurgerySummary, Verdict,
} from '../contracts';
import { evidence } from '../reports/evidence';
import type { ChampionRef, DriftSummary, ReportInput, Resolved, Trained } from '../activities/types';
import type { ApprovalDesk } from './approval-desk';
import { phaseAttributes } from './search-attributes';

/** A report has room for the last ones; the store keeps all. */
const decisionsShown = 100;

/** All that a run knows of itself: what its queries, its details in the UI and its result are made from. */
export class RunState {
  phase: Phase = 'resolving';
  pipeline: Pipeline | null = null;
  champion: ChampionRef | null = null;
  snapshot: SnapshotRef | null = null;
  drift: DriftSummary | null = null;
  decision: { action: Action; because: string } | null = null;
  surgery: SurgerySummary | null = null;
  candidate: { version: string; digest: string | null } | null = null;
  training: Trained | null = null;
  control: Control | null = null;
  evaluation: Evaluation | null = null;
  verdict: Verdict | null = null;
  outcome: Outcome | null = null;
  private searchAttributes: string[] = [];
  private refreshing = false;

  constructor(private readonly name: string) {}

  resolved({ pipeline, champion, searchAttributes }: Resolved): void {
    this.pipeline = pipeline;
    this.champion = champion;
    this.searchAttributes = searchAttributes;
  }

  /** Begins a phase, and shows it wherever people look. */
  enter(phase: Phase, desk: ApprovalDesk): void {
    this.phase = phase;
    this.changed(desk);
    const attributes = phaseAttributes(this.searchAttributes, this.status(desk));
    if (attributes.length > 0) upsertSearchAttributes(attributes);
  }

  /** Refreshes the details that the Temporal UI shows, once for all that changes at one time: signals may come by the thousand. */
  changed(desk: ApprovalDesk): void {
    if (this.refreshing) return;
    this.refreshing = true;
    void Promise.resolve().then(() => {
      this.refreshing = false;
      setCurrentDetails(evidence(this.known(desk)));
    });
  }

  status(desk: ApprovalDesk): RunStatus {
    return {
      phase: this.phase,
      pipeline: this.name,
      champion: this.champion?.version ?? null,
      candidate: this.candidate?.version ?? null,
      decision: this.decision,
      approval: this.phase === 'awaiting-approval' && desk.waits ? desk.request : null,
      outcome: this.outcome,
    };
  }

  /** What is known so far, for the evidence and for the run's page. */
  known(desk: ApprovalDesk): ReportInput['evidence'] {
    return {
      status: this.status(desk),
      snapshot: this.snapshot,
      drift: this.drift,
      surgery: this.surgery,
      training: this.training,
      control: this.control,
      evaluation: this.evaluation,
      verdict: this.verdict,
      decisions: desk.trail.slice(-decisionsShown),
    };
  }

  result(outcome: Outcome, because: string, desk: ApprovalDesk): RunResult {
    return {
      pipeline: this.name,
      outcome,
      action: this.decision?.action ?? 'skip',
      because,
      champion: outcome === 'promoted' ? (this.candidate?.version ?? null) : (this.champion?.version ?? null),
      candidate: this.candidate?.version ?? null,
      newRows: this.snapshot?.rows ?? 0,
      driftFired: this.drift?.fired ?? false,
      approvedBy: outcome === 'promoted' ? (desk.decision?.by ?? 'policy') : null,
      gates: this.verdict?.gates ?? [],
      report: null,
    };
  }
}
