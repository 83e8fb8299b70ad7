import { InvalidInput, type Pipeline, type RowRange, type Table } from '../../contracts';
import { namesIn } from '../features/columns';

/**
 * Which rows no memory may keep: those whose column has one of the rule's values, and those where it is missing. Numbers are
 * compared as numbers, true and false however they are written. Where no row has any of the values, which may be a slip
 * of the pen, a line on the console says so.
 *
 * @returns uint8 [rows], 1 for a private row; null without a rule
 * @throws InvalidInput where the column is missing
 * @example privateRows({ column: 'consent', values: ['no'] }, table, { from: 0, to: table.rows })
 */
export function privateRows(rule: Pipeline['learning']['private'], table: Table, range: RowRange): Uint8Array | null {
  if (!rule) return null;
  const { column, values } = rule;
  if (!Object.hasOwn(table.columns, column)) {
    throw new InvalidInput(`learning.private.column is ${column}, which is not in the rows (they have ${Object.keys(table.columns).join(', ')}); without it nobody knows which rows may be kept. A column that is empty in all rows counts as missing: give it a value in one of them, correct the name, or leave learning.private out`);
  }
  const named = new Set(values.map(plain));
  let found = false;
  const rows = Uint8Array.from(namesIn(table, column, range), (name) => {
    const has = name !== null && named.has(plain(name));
    found ||= has;
    return name === null || has ? 1 : 0;
  });
  if (!found) console.warn(`learning.private: none of these ${rows.length} rows has ${values.join(' or ')} in the column ${column}, so all with a value there may be kept; if that is wrong, look how it is written there.`);
  return rows;
}

/** One name for all that is written differently and means the same: 0.0 and 0, True and true. */
function plain(name: string): string {
  const number = name.trim() === '' ? NaN : Number(name);
  if (Number.isFinite(number)) return String(number);
  return /^(true|false)$/i.test(name) ? name.toLowerCase() : name;
}
