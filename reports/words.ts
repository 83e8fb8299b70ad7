import type { Outcome, Phase } from '../contracts/run';

/** `0.7634` → `76.3 %`. */
export const percent = (share: number | null): string => (share === null ? '–' : `${(share * 100).toFixed(1)} %`);

/** A difference of shares in percentage points, with its sign: `-0.0123` → `−1.23 pp`. */
export function points(difference: number): string {
  const size = Math.abs(difference * 100).toFixed(2);
  if (Number(size) === 0) return '0.00 pp';
  return `${difference < 0 ? '−' : '+'}${size} pp`;
}

/** `1234567` → `1,234,567`, without asking the machine's locale. */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** `36211` → `36.2 kB`. */
export const bytes = (n: number): string => (n < 1e3 ? `${n} B` : n < 1e6 ? `${(n / 1e3).toFixed(1)} kB` : `${(n / 1e6).toFixed(1)} MB`);

/** `0.00000024` → `2.4e-7`; what JSON has no number for → `not finite`. */
export const scientific = (n: number | null): string => (n === 0 ? '0' : n !== null && Number.isFinite(n) ? n.toExponential(1) : 'not finite');

/** A test's p, as far as anybody reads it. */
export const pValue = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

/** An ISO time to the minute: `2026-01-05 06:00 UTC`. */
export const minute = (iso: string): string => (/Z$/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : iso);

// A name or a reason comes from anywhere: control characters could steer a terminal, and marks that turn the direction of
// writing could hide or reorder what a person decides from.
const directionMarks = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text from elsewhere, in one line and without marks that mislead. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').replace(directionMarks, '');

/** The same in the lines that it has. */
export const inLines = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, '').replace(directionMarks, '');

/** One line of at most `letters` characters. */
export function clip(text: string, letters: number): string {
  const characters = [...oneLine(text).trim()];
  return characters.length > letters ? `${characters.slice(0, letters - 1).join('')}…` : characters.join('');
}

/** Nothing was left out under these names: perhaps another one was meant, and the model has seen it. */
export const absentInWords = (columns: string[]): string => `features.exclude names ${columns.join(', ')}, which the rows do not have`;

const phases: Record<Phase, string> = {
  resolving: 'reading the pipeline and its champion',
  pulling: 'pulling new rows',
  comparing: 'comparing the new rows with the champion’s',
  deciding: 'deciding whether to retrain',
  planning: 'planning a surgery',
  training: 'training',
  evaluating: 'evaluating champion and challenger',
  controlling: 'training a control from scratch',
  'awaiting-approval': 'waiting for a person’s decision',
  promoting: 'promoting',
  reporting: 'writing the report',
  done: 'done',
};
const outcomes: Record<Outcome, string> = {
  skipped: 'nothing to train',
  promoted: 'promoted',
  refused: 'refused by the gates',
  rejected: 'rejected',
  superseded: 'superseded: the champion changed meanwhile',
};
export const phaseInWords = (phase: Phase): string => phases[phase];
export const outcomeInWords = (outcome: Outcome): string => outcomes[outcome];
