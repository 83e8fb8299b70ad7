import type { Evaluation, GateOutcome, GateResult, Pipeline, SuiteResult, SurgerySummary, Verdict } from '../contracts';
import { exactWithin } from '../contracts/surgery';
import { scientific } from '../reports/words';

/**
 * Judges a challenger by what was measured of it. Pure.
 * A gate passes, fails, or is in doubt; the verdict is the worst of them. A failing challenger is refused, a doubtful one
 * goes to a person where the pipeline's approval says so.
 */
export function judge(pipeline: Pipeline, evaluation: Evaluation, surgery: SurgerySummary | null = null): Verdict {
  const gates = [sanity(evaluation), freshRows(pipeline, evaluation), suites(pipeline, evaluation), evidence(pipeline, evaluation), ...operation(surgery)];
  const outcome: GateOutcome = gates.some((g) => g.outcome === 'fail') ? 'fail' : gates.some((g) => g.outcome === 'doubt') ? 'doubt' : 'pass';
  return { outcome, gates };
}

function sanity({ sanity }: Evaluation): GateResult {
  const gate = 'sanity';
  if (!sanity.finite) return { gate, outcome: 'fail', because: 'some predictions are not finite numbers' };
  if (sanity.predicted < 2 && sanity.present > 1)
    return { gate, outcome: 'fail', because: `it predicts one class only, where the rows hold ${sanity.present}` };
  return { gate, outcome: 'pass', because: `finite predictions of ${sanity.predicted} classes, where the rows hold ${sanity.present}` };
}

function freshRows({ gates }: Pipeline, { fresh }: Evaluation): GateResult {
  const gate = 'fresh-rows';
  if (fresh.difference === null || fresh.champion === null)
    return { gate, outcome: 'pass', because: `${percent(fresh.challenger)} of ${fresh.rows} held-out rows; no champion to compare with` };
  const { estimate, lower, upper } = fresh.difference;
  const measured =
    `${percent(fresh.challenger)} beside the champion's ${percent(fresh.champion)} on the same ${fresh.rows} rows; ` +
    `error rate ${points(estimate)} (${percent(gates.confidence)} bounds ${points(lower)} and ${points(upper)})`;
  const limit = gates.better ? 0 : gates.margin;
  const demand = gates.better ? 'better than the champion' : `no more than ${points(gates.margin)} worse`;
  if (gates.better ? upper < 0 : upper <= limit) return { gate, outcome: 'pass', because: `${demand}: ${measured}` };
  if (lower > limit) return { gate, outcome: 'fail', because: `surely not ${demand}: ${measured}` };
  return { gate, outcome: 'doubt', because: `not shown to be ${demand}: ${measured}` };
}

function suites({ gates }: Pipeline, evaluation: Evaluation): GateResult {
  const gate = 'suites';
  const lost = (suite: SuiteResult) => suite.best - suite.challenger;
  const over = evaluation.suites.filter((suite) => lost(suite) > gates.forgetting);
  if (evaluation.suites.length === 0) return { gate, outcome: 'pass', because: 'no suites are kept yet' };
  if (over.length === 0) {
    const worst = Math.max(...evaluation.suites.map(lost));
    return { gate, outcome: 'pass', because: `${evaluation.suites.length} kept suites, the largest loss ${points(worst)} of at most ${points(gates.forgetting)}` };
  }
  const listed = (some: SuiteResult[]) => some.map((s) => `${s.name}: ${percent(s.challenger)} of ${s.rows} rows after a best of ${percent(s.best)}`).join(', ');
  // On few rows a model that has forgotten nothing is often that far below the best of several.
  const surely = over.filter((suite) => suite.best - (suite.upper ?? suite.challenger) > gates.forgetting);
  if (surely.length > 0) return { gate, outcome: 'fail', because: `it forgets more than ${points(gates.forgetting)} of ${listed(surely)}` };
  return { gate, outcome: 'doubt', because: `it may forget more than ${points(gates.forgetting)} of ${listed(over)}, but the rows are too few to say` };
}

function evidence({ gates }: Pipeline, { fresh }: Evaluation): GateResult {
  const gate = 'evidence';
  if (fresh.rows < gates.minimumRows)
    return { gate, outcome: 'doubt', because: `only ${fresh.rows} held-out rows, fewer than ${gates.minimumRows} (gates.minimumRows)` };
  return { gate, outcome: 'pass', because: `${fresh.rows} held-out rows` };
}

/** A surgery keeps what its plan promised; where the plan could promise nothing, a person should know. */
function operation(surgery: SurgerySummary | null): GateResult[] {
  if (!surgery?.check) return [];
  const gate = 'surgery';
  const { rows, difference } = surgery.check;
  // In JSON, what is no number is null.
  if (difference === null || !Number.isFinite(difference))
    return [{ gate, outcome: 'fail', because: `champion and operated model cannot be compared: on ${rows} rows, before training, some logits are not finite numbers` }];
  const measured = `largest difference of a logit ${scientific(difference)} on ${rows} rows, before training`;
  if (!surgery.preserved) return [{ gate, outcome: 'doubt', because: `the champion's function could not be kept: ${measured}` }];
  if (difference > exactWithin) return [{ gate, outcome: 'fail', because: `the plan promised the champion's logits, and they are others: ${measured}` }];
  return [{ gate, outcome: 'pass', because: `the champion's function was kept: ${measured}` }];
}

const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
const points = (value: number) => `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)} points`;
