import type { ColumnDrift, DriftReport } from '../contracts/drift';
import type { Evaluation, GateOutcome, Verdict } from '../contracts/evaluation';
import type { AuditEntry, RunStatus } from '../contracts/run';
import type { SnapshotRef } from '../contracts/snapshot';
import type { Control, SurgerySummary, TrainingSummary } from '../contracts/surgery';

/** The parts of a drift report that a person reads; a whole `DriftReport` is one too. */
export interface DriftFindings extends Pick<DriftReport, 'fired' | 'because' | 'loss'> {
  columns: DriftFinding[];
  /** How many columns were compared, where `columns` has only some of them. */
  compared?: number;
  labelColumn: DriftFinding;
}
export type DriftFinding = Pick<ColumnDrift, 'column' | 'test' | 'effect' | 'drifted' | 'firstVariation'> &
  Partial<Pick<ColumnDrift, 'newCategories' | 'missing'>>;

/** What is known of a run so far; what is not known yet is left out. */
export interface EvidenceInput {
  status: RunStatus;
  snapshot?: SnapshotRef | null;
  drift?: DriftFindings | null;
  surgery?: SurgerySummary | null;
  training?: TrainingSummary | null;
  control?: Control | null;
  evaluation?: Evaluation | null;
  verdict?: Verdict | null;
  /** Decisions that came, accepted or not, oldest first. */
  decisions?: AuditEntry[];
  /** Where the whole report stands, once it is written. */
  report?: string | null;
}

export type Cell = string | { text: string; tone: GateOutcome };
export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'facts'; facts: [string, string][] }
  | { kind: 'table'; head: string[]; rows: Cell[][] }
  | { kind: 'code'; text: string }
  | { kind: 'link'; text: string; url: string };
export interface Section {
  title: string;
  blocks: Block[];
}
/** A run in plain text, without markup: each renderer escapes it for its own format. */
export interface Content {
  title: string;
  sections: Section[];
}
/** How many rows a table and how many characters a reason may have. */
export interface Limits {
  rows: number;
  letters: number;
}
