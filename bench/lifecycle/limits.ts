import { readFileSync, writeFileSync } from 'node:fs';
import { textTable } from '../../reports';

export interface Figure {
  what: string;
  value: number;
  limit: number;
  unit: string;
}

/** From this share of its limit on, a figure is near it; and by this share it must have grown to be worse than before. */
const [near, worse] = [0.8, 1.15];

/**
 * The figures beside their limits and beside the last measurement on this machine, which `file` keeps, with a word where one
 * is missed, near its limit or worse than before.
 */
export function judged(figures: Figure[], file: string): { table: string; missed: Figure[] } {
  const before = lastTime(file);
  const table = textTable(
    figures.map(({ what, value, limit, unit }) => {
      const last = before[what];
      const words = [value > limit ? 'MISSED' : value > near * limit ? 'near its limit' : '', last !== undefined && value > worse * last ? 'worse than before' : ''];
      return { figure: what, now: `${value.toFixed(2)}${unit}`, limit: `${limit}${unit}`, before: last === undefined ? null : `${last.toFixed(2)}${unit}`, '': words.filter(Boolean).join(', ') || 'well' };
    }),
    160,
  );
  writeFileSync(file, JSON.stringify(Object.fromEntries(figures.map(({ what, value }) => [what, value]))));
  return { table, missed: figures.filter(({ value, limit }) => value > limit) };
}

function lastTime(file: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  } catch {
    return {}; // never measured here
  }
}
