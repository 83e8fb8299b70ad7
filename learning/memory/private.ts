import { InvalidInput, type Pipeline, type RowRange, type Table } from '../../contracts';
import { namesIn } from '../features/columns';

/**
 * Which rows no memory may keep: those whose column has one of the rule's values, and those where it is missing.
 *
 * @returns uint8 [rows], 1 for a private row; null without a rule
 * @throws InvalidInput where the column is missing
 * @example privateRows({ column: 'consent', values: ['no'] }, table, { from: 0, to: table.rows })
 */
export function privateRows(rule: Pipeline['learning']['private'], table: Table, range: RowRange): Uint8Array | null {
  if (!rule) return null;
  if (!Object.hasOwn(table.columns, rule.column)) {
    throw new InvalidInput(`learning.private.column is ${rule.column}, which is not in the rows (they have ${Object.keys(table.columns).join(', ')}); without it nobody knows which rows may be kept`);
  }
  return Uint8Array.from(namesIn(table, rule.column, range), (name) => (name === null || rule.values.includes(name) ? 1 : 0));
}
