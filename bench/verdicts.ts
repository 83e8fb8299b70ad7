import { textTable } from '../reports';

/** A figure and the limit it has to keep, in the figure's unit. */
export interface Limited {
  what: string;
  value: number;
  least?: number;
  most?: number;
  digits?: number;
}

/** Each figure beside its limit, and how many are missed. A figure that could not be measured (NaN) is missed. */
export function verdicts(figures: Limited[]): { table: string; missed: string[] } {
  const kept = ({ value, least, most }: Limited): boolean => value >= (least ?? -Infinity) && value <= (most ?? Infinity);
  const rows = figures.map((figure) => {
    const { what, value, least, most, digits = 2 } = figure;
    const limit = [least === undefined ? '' : `at least ${least.toFixed(digits)}`, most === undefined ? '' : `at most ${most.toFixed(digits)}`].filter(Boolean).join(', ');
    return { figure: what, measured: value.toFixed(digits), limit, verdict: kept(figure) ? 'ok' : 'MISSED' };
  });
  return { table: textTable(rows, 160), missed: figures.filter((figure) => !kept(figure)).map(({ what }) => what) };
}
