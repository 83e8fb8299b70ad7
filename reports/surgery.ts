import type { Control, SurgerySummary } from '../contracts/surgery';
import type { Block, Cell, EvidenceInput, Limits, Section } from './document';
import { clip, count, percent, points, scientific } from './words';

/** What becomes of the champion's model: what no longer fits, what lives on, what was checked, and what it was worth. */
export function surgerySection({ surgery, control }: EvidenceInput, limits: Limits): Section[] {
  if (!surgery) return [];
  const { because, warnings, variables, total } = surgery;
  const rows = variables.slice(0, limits.rows).map(({ name, source, from, to, action, note }): Cell[] => [
    named(name, limits) + (source === undefined ? '' : ` (from ${named(source, limits)})`), shape(from), shape(to), action, clip(note ?? '', limits.letters) || '–',
  ]);
  const blocks: Block[] = [
    { kind: 'list', items: because.slice(0, limits.rows).map((reason) => clip(reason, limits.letters)) },
    { kind: 'facts', facts: [...factsOf(surgery), ...(control ? [['Control', controlInWords(control)] satisfies [string, string]] : [])] },
  ];
  if (warnings.length > 0) blocks.push({ kind: 'list', items: warnings.slice(0, limits.rows).map((warning) => clip(`Warning: ${warning}`, limits.letters)) });
  if (rows.length > 0) blocks.push({ kind: 'table', head: ['Variable', 'Champion', 'New', 'What happens', 'Why'], rows });
  if (total > rows.length) blocks.push({ kind: 'text', text: `${count(total - rows.length)} more variables are in the report.` });
  return [{ title: surgery.check ? `Surgery: ${percent(surgery.kept)} of the champion’s parameters live on` : 'Surgery: a new model takes the champion’s place', blocks }];
}

function factsOf({ preserved, check, transfer, digest }: SurgerySummary): [string, string][] {
  const plan: [string, string] = ['Plan', `surgeries/${digest}.json in the store`];
  if (!check) return [['It learns from', transfer === 'distil' ? 'the rows, and what the champion says of them (distillation)' : 'the rows, and those that the champion’s strategy remembers'], plan];
  // Where the champion's logits are kept, only a new class can decide otherwise; nothing but its bias is known yet.
  const others = preserved && check.agreement < 1 ? '; the other rows answer a new class by its share alone' : '';
  return [
    ['The champion’s answers', preserved ? 'kept exactly' : 'not kept exactly'],
    ['Checked before training', `on ${count(check.rows)} rows: largest difference of a logit ${scientific(check.difference)}, equal decisions on ${percent(check.agreement)}${others}`],
    plan,
  ];
}

function controlInWords(control: Control): string {
  if ('failed' in control) return `could not be trained: ${clip(control.failed, 200)}`;
  const { accuracy, challenger, rows, steps, difference } = control;
  const better = difference.upper < 0 ? 'the surgery is better' : difference.lower > 0 ? 'FROM SCRATCH IS BETTER' : 'no clear difference';
  return (
    `from scratch on the same ${count(rows)} rows in ${count(steps)} steps: ${percent(accuracy)}, the challenger ${percent(challenger)}; ${better} ` +
    `(error rate ${points(difference.estimate)}, between ${points(difference.lower)} and ${points(difference.upper)})`
  );
}

const named = (variable: string, { letters }: Limits): string => clip(variable, Math.min(60, letters));

const shape = (dimensions: number[] | null): string => (dimensions === null ? '–' : dimensions.length === 0 ? 'scalar' : dimensions.join(' × '));
