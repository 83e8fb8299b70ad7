import type { ColumnDrift, DriftReport, LossDrift, Profile, Table } from '../contracts';
import { emptied } from '../contracts/drift';
import { InvalidInput } from '../contracts/errors';
import { compareColumn, compareColumns, type CompareOptions } from './compare';

/**
 * Draws the verdict from what was measured. Distributions shift all the time and a model often does not mind, so a
 * shift of columns or of the label is reported and does not fire. Two findings fire: the champion's loss on the new
 * labels rose materially and for certain, or a column that was constant has begun to vary, which no training row could
 * prepare the model for.
 *
 * Verdicts: `covariate`, a column drifted, varies for the first time or lost many of its values; `label`, the label's shares did; `concept`,
 * the champion's loss rose.
 *
 * @param columns all but the label's
 * @param loss null where there is no champion or no new label yet
 */
export function summarise(columns: ColumnDrift[], loss: LossDrift | null, labelColumn: ColumnDrift): DriftReport {
  const varying = columns.filter((column) => column.firstVariation);
  const moved = columns.filter((column) => column.drifted || emptied(column));
  const concept = loss?.exceeded ?? false;
  const findings = [
    ...(loss && concept ? [`${describe(loss)}, more than the ${points(loss.threshold)} allowed`] : []),
    ...varying.map(({ column }) => `${column} was constant and has begun to vary`),
  ];
  return {
    fired: findings.length > 0,
    because: findings.length > 0 ? findings : calm(columns.length, moved, loss),
    covariate: moved.length + varying.length > 0,
    label: labelColumn.drifted || labelColumn.firstVariation,
    concept,
    columns,
    labelColumn,
    loss,
  };
}

/**
 * The whole comparison of new rows with the champion's reference.
 *
 * @param reference profiles of the columns to compare, the label's among them
 * @param label name of the label's column
 * @param loss from `compareLoss`; null where there is none
 * @throws InvalidInput where a column is missing or has changed its kind
 */
export function compareTables(reference: Profile, now: Table, label: string, loss: LossDrift | null, options: CompareOptions = {}): DriftReport {
  const { [label]: labelReference, ...features } = reference;
  const labelNow = now.columns[label];
  if (!labelReference || !labelNow) throw new InvalidInput(`the label's column ${label} is missing from the ${labelReference ? 'new rows' : 'reference'}`);
  return summarise(compareColumns(features, now, options), loss, compareColumn(label, labelReference, labelNow, options));
}

function calm(columns: number, moved: ColumnDrift[], loss: LossDrift | null): string[] {
  return [
    loss ? `${describe(loss)}; more than ${points(loss.threshold)} would fire` : 'there are no labels yet to measure the champion on',
    moved.length === 0
      ? 'no column has moved beyond its threshold'
      : `${moved.length} of ${columns} columns moved (${moved.map(({ column }) => column).join(', ')}), which does not fire by itself`,
  ];
}

function describe({ reference, now, lowerBound }: LossDrift): string {
  const change = now > reference ? 'rose' : 'went';
  const surely = lowerBound > 0 ? `, surely by ${points(lowerBound)} or more` : ', which may be chance';
  return `the champion's loss on the new rows ${change} from ${points(reference)} to ${points(now)}${now > reference ? surely : ''}`;
}

const points = (value: number) => value.toFixed(3);
