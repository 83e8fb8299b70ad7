import type { SurgeryPlan } from './types';

const heads = ['variable', 'from', 'to', 'action', 'note'];

/**
 * A plan as a table for people, aligned by spaces, at most two lines of summary above it and the warnings below.
 *
 * @example console.log(planText(plan));
 */
export function planText({ variables, kept, preserved, warnings, changes }: SurgeryPlan): string {
  const lines = variables.map(({ name, source, from, to, action, note }) => [source ? `${name} (from ${source})` : name, shape(from), shape(to), action, note ?? '']);
  const rows = [heads, ...lines];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd());
  return [
    `Because: ${because(changes)}`,
    `Kept: ${(100 * kept).toFixed(1)} % of the champion's parameters; its function is ${preserved ? 'preserved' : 'not preserved'}.`,
    '',
    ...table,
    ...(warnings.length > 0 ? ['', ...warnings.map((warning) => `! ${warning}`)] : []),
    '',
  ].join('\n');
}

function because({ columns, levels, classes, model }: SurgeryPlan['changes']): string {
  const parts = [
    model ? 'another network' : '',
    list('new column', columns.added),
    list('column gone', columns.removed),
    ...Object.entries(levels).map(([column, names]) => list(`new in ${column}`, names)),
    list('new class', classes),
  ];
  return parts.filter((part) => part !== '').join('; ') || 'nothing changed';
}

const list = (what: string, names: string[]): string => (names.length > 0 ? `${what} ${names.join(', ')}` : '');
const shape = (of: number[] | null): string => (of ? `[${of.join(', ')}]` : '–');
