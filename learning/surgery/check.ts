import { InvalidInput, type RowRange, type Table } from '../../contracts';
import { holdMissing, type Features } from '../features';
import type { Learner } from '../learner';
import { argMax, exactLogitsOf } from '../predict';
import type { SurgeryCheck } from './types';

/**
 * Compares two models on real rows, each by its own features: the champion and what a surgery made of it. A column that
 * is gone, or that the second holds constant, is held constant for the first too; so the check shows what the surgery
 * did, and not what the column was worth. Both are computed in float64 where TensorFlow can: in float32 a sum over other
 * inputs is rounded in another order, which moves large logits by more than 1e-5.
 *
 * @param range rows to compare on; all where it is left out
 * @throws InvalidInput where there are no rows
 * @example const { difference, agreement } = checkSurgery(champion, operated, table);
 */
export function checkSurgery(before: Learner, after: Learner, table: Table, range: RowRange = { from: 0, to: table.rows }): SurgeryCheck {
  const rows = range.to - range.from;
  if (rows <= 0) throw new InvalidInput(`there are no rows to check a surgery on (rows ${range.from} to ${range.to} of ${table.rows})`);
  const [old, now] = [
    exactLogitsOf(before.model, asSeenBy(after.features, before.features, table), table, range),
    exactLogitsOf(after.model, holdMissing(after.features, table), table, range),
  ];
  const [were, are] = [before.features.classes, after.features.classes];
  const common = were.flatMap((name, i) => (are.includes(name) ? [[i, are.indexOf(name)] as const] : []));
  let [difference, equal] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const [a, b] = [old.subarray(row * were.length, (row + 1) * were.length), now.subarray(row * are.length, (row + 1) * are.length)];
    for (const [i, j] of common) difference = Math.max(difference, Math.abs(a[i]! - b[j]!));
    if (were[argMax(a)] === are[argMax(b)]) equal++;
  }
  return { rows, difference, agreement: equal / rows };
}

/** The first model's features for rows as the second sees them: what it holds constant, or what is not there, is held. */
export function asSeenBy(after: Features, before: Features, table: Table): Features {
  const held = new Set(after.inputs.flatMap((input) => (input.held ? [nameOf(input)] : [])));
  const inputs = before.inputs.map((input) => (held.has(nameOf(input)) ? { ...input, held: true as const } : input));
  return holdMissing({ ...before, inputs }, table);
}

const nameOf = (input: Features['inputs'][number]): string => `${input.kind} ${input.kind === 'cycle' ? input.cycle : input.column}`;
