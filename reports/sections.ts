import { emptied } from '../contracts/drift';
import type { Evaluation, GateOutcome, Verdict } from '../contracts/evaluation';
import type { AuditEntry } from '../contracts/run';
import type { Cell, DriftFinding, DriftFindings, Limits, Section } from './document';
import { clip, count, minute, percent, points, pValue } from './words';

const tones: Record<GateOutcome, string> = { pass: '✓ pass', doubt: '? doubt', fail: '✗ fail' };
const toned = (tone: GateOutcome, text = tones[tone]): Cell => ({ text, tone });

/** Which gate said what, and why. */
export function gatesSection(verdict: Verdict | null | undefined, limits: Limits): Section[] {
  if (!verdict) return [];
  const rows = verdict.gates.map(({ gate, outcome, because }) => [gate, toned(outcome), clip(because, limits.letters)]);
  return [{ title: `Gates: ${verdict.outcome}`, blocks: [{ kind: 'table', head: ['Gate', 'Outcome', 'Reason'], rows }] }];
}

/** Champion and challenger on the same rows: the fresh ones, then each kept suite, the worst loss first. */
export function comparisonSection(evaluation: Evaluation | null | undefined, limits: Limits): Section[] {
  if (!evaluation) return [];
  const { fresh, suites, persistence, kappaTemporal, sanity } = evaluation;
  const row = (name: string, rows: number, best: number | null, champion: number | null, challenger: number): Cell[] => [
    clip(name, limits.letters),
    count(rows),
    percent(best),
    percent(champion),
    percent(challenger),
    champion === null ? '–' : points(challenger - champion),
  ];
  const worst = [...suites].sort((a, b) => a.challenger - a.best - (b.challenger - b.best));
  const rows = [
    row('fresh rows', fresh.rows, null, fresh.champion, fresh.challenger),
    ...worst.slice(0, limits.rows).map((s) => row(`suite ${s.name}`, s.rows, s.best, s.champion, s.challenger)),
  ];
  const items = [
    fresh.difference
      ? `Error rate on fresh rows, challenger minus champion (positive is worse): ${points(fresh.difference.estimate)}, ` +
        `between ${points(fresh.difference.lower)} and ${points(fresh.difference.upper)}.`
      : 'There is no champion to compare with.',
    `Repeating the last label is right for ${percent(persistence)} of the fresh rows; kappa-temporal of the challenger ${kappaTemporal.toFixed(2).replace('-', '−')}.`,
    `Predictions are ${sanity.finite ? 'finite' : 'NOT finite'} and name ${sanity.predicted} of ${sanity.present} classes.`,
  ];
  if (suites.length > limits.rows) items.push(`${suites.length - limits.rows} more suites are in the report.`);
  const head = ['Accuracy on', 'Rows', 'Best so far', 'Champion', 'Challenger', 'Change'];
  return [{ title: 'Champion and challenger', blocks: [{ kind: 'table', head, rows }, { kind: 'list', items }] }];
}

/** What changed in the rows, the largest change first. */
export function driftSection(drift: DriftFindings | null | undefined, limits: Limits): Section[] {
  if (!drift) return [];
  const relative = ({ effect }: DriftFinding) => (effect.threshold > 0 ? effect.value / effect.threshold : effect.value);
  const columns = [...drift.columns].sort((a, b) => Number(b.drifted) - Number(a.drifted) || relative(b) - relative(a));
  const rows = [
    ...columns.slice(0, limits.rows).map((column) => driftRow(column, limits)),
    driftRow(drift.labelColumn, limits, ' (label)'),
  ];
  const items = drift.because.slice(0, limits.rows).map((reason) => clip(reason, limits.letters));
  if (drift.loss) {
    const { reference, now, increase, lowerBound, threshold } = drift.loss;
    items.push(
      `The champion’s error rate went from ${percent(reference)} to ${percent(now)}: ${points(increase)}, ` +
        `at least ${points(lowerBound)}; the threshold is ${points(threshold)}.`,
    );
  }
  const more = (drift.compared ?? columns.length) - Math.min(columns.length, limits.rows);
  if (more > 0) items.push(more === 1 ? 'Another column changed less.' : `${more} more columns changed less.`);
  return [
    {
      title: drift.fired ? 'Drift: fired' : 'Drift: not fired',
      blocks: [
        { kind: 'list', items },
        { kind: 'table', head: ['Column', 'Effect', 'Threshold', 'p', 'Finding'], rows },
      ],
    },
  ];
}

function driftRow(column: DriftFinding, limits: Limits, suffix = ''): Cell[] {
  const fresh = (column.newCategories ?? []).slice(0, 3).map((name) => clip(name, Math.min(30, limits.letters)));
  const findings = [
    column.drifted ? 'drifted' : '',
    column.firstVariation ? 'was constant, varies now' : '',
    column.missing && emptied({ missing: column.missing }) ? `missing ${percent(column.missing.reference)}, now ${percent(column.missing.now)}` : '',
    fresh.length > 0 ? `new: ${fresh.join(', ')}${(column.newCategories ?? []).length > 3 ? ', …' : ''}` : '',
  ].filter(Boolean);
  const { effect, test } = column;
  return [
    clip(column.column, Math.min(60, limits.letters)) + suffix,
    `${effect.value.toFixed(3)} ${effect.name}`,
    effect.threshold.toFixed(3),
    `${pValue(test.p)} (${test.name})`,
    findings.length > 0 ? toned('doubt', findings.join('; ')) : 'none',
  ];
}

/** Every decision that came and what became of it: a Signal gets no other answer. */
export function decisionsSection(decisions: AuditEntry[] | undefined, limits: Limits): Section[] {
  if (!decisions || decisions.length === 0) return [];
  const rows = decisions.slice(-limits.rows).map((entry): Cell[] => [
    minute(entry.at),
    `${entry.decision} ${entry.candidate ?? ''}`.trim(),
    clip(`${entry.by} (${entry.channel})`, Math.min(60, limits.letters)),
    clip(entry.reason, limits.letters),
    toned(entry.accepted ? 'pass' : 'fail', clip(entry.answer, limits.letters)),
  ]);
  return [{ title: 'Decisions', blocks: [{ kind: 'table', head: ['At', 'Decision', 'By', 'Reason', 'Answer'], rows }] }];
}
