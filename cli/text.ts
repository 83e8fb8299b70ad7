import { columns } from '../reports/table';
import { inLines } from '../reports/words';

/** Columns under their heads, as wide as their longest cell. */
export function table(head: string[], texts: string[][]): string {
  const rows = texts.map((row) => row.map((cell) => inLines(cell).replace(/\s+/g, ' ')));
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
}

/** A time as people read it, in UTC, to the second. */
export const shortTime = (time: string | Date): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');

/** `90` → `1 min 30 s`. */
export function seconds(count: number): string {
  const whole = Math.max(0, Math.round(count));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `20260131T120000`, in UTC: for names. */
export const compactTime = (time: Date): string => time.toISOString().slice(0, 19).replace(/[-:]/g, '');

/** How many lines of a terminal so wide a text takes: it breaks what is longer. */
export const terminalLines = (text: string, width: number): number =>
  text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(columns(line) / width)), 0);
