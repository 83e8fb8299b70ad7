import type {
  AuditEntry, ColumnDrift, Control, Evaluation, LossDrift, LossSummary, Pipeline, RetrainInput, RunReference, RunResult, SnapshotRef, Suite,
  SurgerySummary, TrainingMode, TrainingProgress, TrainingSummary,
} from '../contracts';
import type { Registry } from '../registry';
import type { EvidenceInput } from '../reports';

/** The champion as a run found it at its start; a promotion counts only against this revision of the alias. */
export interface ChampionRef {
  version: string;
  digest: string;
  revision: number;
  cursor: string;
  suites: Suite[];
  losses: LossSummary[];
  /** Trainings since the last one from scratch, where the pipeline goes by them. Missing in runs of releases that went by the version's number. */
  updates?: number;
  /** What it took over from by a rollback, and why; absent where it was promoted, and in runs of releases that did not ask. */
  rolledBack?: { from: string; reason: string };
}

export interface Resolved {
  pipeline: Pipeline;
  pipelineRevision: number;
  champion: ChampionRef | null;
  /** Search attributes of ours that the namespace has. */
  searchAttributes: string[];
}

/** What every step of one run is told. */
export interface StepInput {
  pipeline: string;
  pipelineRevision: number;
  run: RunReference;
}

export interface PullInput extends StepInput {
  after: string | null;
  until: string | null;
}
export interface CompareInput extends StepInput {
  snapshot: SnapshotRef;
  champion: ChampionRef;
}
/** The drift report, shortened to what a history may hold; the whole one stands in the store under `digest`. */
export interface DriftSummary {
  fired: boolean;
  because: string[];
  covariate: boolean;
  label: boolean;
  concept: boolean;
  loss: LossDrift | null;
  /** The champion's loss on the new rows, as later ones are measured against it. */
  observed: LossSummary;
  /** The columns that moved most, ten at most. */
  columns: ColumnDrift[];
  /** How many columns were compared; absent from a worker of before it was counted. */
  compared?: number;
  labelColumn: ColumnDrift;
  digest: string;
  /**
   * What of the champion no longer fits the rows or the pipeline, in words; absent where all fits. `model`: the network is
   * another one. `anew`: the strategy begins with a new model.
   */
  shape?: { because: string[]; model: boolean; anew: boolean };
  /** The strategy trains a new model each time, stateful or not; absent where it does not. */
  newModel?: true;
}
export interface PlanSurgeryInput extends StepInput {
  snapshot: SnapshotRef;
  champion: ChampionRef;
}
export interface ReserveInput extends StepInput {
  mode: TrainingMode;
  parent: string | null;
  /** A training from scratch of another network than the parent's. */
  newArchitecture?: boolean;
  /** A new model by a strategy that goes on from the parent in other ways. */
  newModel?: boolean;
}
export interface TrainInput extends StepInput {
  version: string;
  mode: TrainingMode;
  snapshot: SnapshotRef;
  champion: ChampionRef | null;
  /** Digest of the surgery that was planned. */
  surgery?: string;
}
export interface ControlInput extends StepInput {
  /** The challenger, whose rows and steps the control gets. */
  version: string;
  snapshot: SnapshotRef;
}
export interface Trained extends TrainingSummary {
  version: string;
  digest: string;
  loss: number;
  backend: string;
  reproducible: boolean;
}
export interface EvaluateInput extends StepInput {
  version: string;
  snapshot: SnapshotRef;
  champion: ChampionRef | null;
}
export interface AuditInput {
  pipeline: string;
  candidate: string;
  entries: { id: string; entry: AuditEntry }[];
}
/** Of a version that is being trained. */
export interface CheckpointsInput {
  pipeline: string;
  version: string;
}
export interface RefuseInput extends StepInput {
  version: string;
  reasons: string[];
}
export interface PromoteInput extends StepInput {
  version: string;
  digest: string;
  /** Revision of the alias that the challenger was compared with; 0 when there was none. */
  after: number;
  by: string;
  reason: string;
  suites: Suite[];
  losses: LossSummary[];
}
export interface Promotion {
  moved: boolean;
  revision: number;
  champion: string;
}
export interface RollbackStep {
  pipeline: string;
  to: string | null;
  /** The champion that is to be left; whichever serves where it is not given. */
  from?: string;
  reason: string;
  by: string;
  run: RunReference;
}
export interface ReportInput extends StepInput {
  result: RunResult;
  evidence: EvidenceInput & { drift: DriftSummary | null };
}

/** What the light activities stand on. */
export interface LifecycleDependencies {
  registry: Registry;
}

/** Where the heavy steps run: a process of its own, one job at a time, so that the worker stays responsive. */
export interface Trainer {
  run<Job extends keyof TrainingJobs>(
    job: Job,
    input: Parameters<TrainingJobs[Job]>[0],
    hooks: TrainerHooks,
  ): Promise<Awaited<ReturnType<TrainingJobs[Job]>>>;
}
export interface TrainerHooks {
  /** Called often while the job waits or runs; carries the last progress. */
  onProgress: (progress: TrainingProgress | { waiting: string }) => void;
  signal: AbortSignal;
  /** What a cancelled training leaves behind: its checkpoint, or nothing. Asked when the signal fires. */
  onCancel: () => 'keep' | 'discard';
}
export interface TrainingJobs {
  compare(input: CompareInput): Promise<DriftSummary>;
  planSurgery(input: PlanSurgeryInput): Promise<SurgerySummary>;
  train(input: TrainInput): Promise<Trained>;
  evaluate(input: EvaluateInput): Promise<Evaluation>;
  trainControl(input: ControlInput): Promise<Control>;
}
export interface TrainingDependencies {
  trainer: Trainer;
}

export interface LifecycleActivities {
  resolve(input: RetrainInput): Promise<Resolved>;
  pull(input: PullInput): Promise<SnapshotRef>;
  reserve(input: ReserveInput): Promise<string | null>;
  audit(input: AuditInput): Promise<void>;
  refuse(input: RefuseInput): Promise<void>;
  clearCheckpoints(input: CheckpointsInput): Promise<void>;
  checkpointed(input: CheckpointsInput): Promise<number>;
  promote(input: PromoteInput): Promise<Promotion>;
  rollBack(input: RollbackStep): Promise<{ from: string; to: string; revision: number }>;
  report(input: ReportInput): Promise<string>;
}
export type TrainingActivities = TrainingJobs;
