import { oneLine } from './words';

/** A row of a terminal's table, by the heading of each column. */
export type TextRow = Record<string, string | number | null>;

const gap = '  ';
const narrowest = 8;

/**
 * Rows as an aligned table in plain text. Numbers, and text that begins like one, stand right where a whole column
 * holds nothing else; where the table is wider than the terminal, the widest columns of text end in `…`.
 * Control characters are dropped, so that no label can steer the terminal. No rows give an empty text.
 *
 * @param width characters of a line; the terminal's where it is known, else 120
 * @example textTable([{ version: '1.1.4', accuracy: 0.764, why: 'new rows' }])
 */
export function textTable(rows: TextRow[], width = process.stdout.columns || 120): string {
  const heads = [...new Set(rows.flatMap(Object.keys))];
  if (heads.length === 0) return '';
  const texts = rows.map((row) => heads.map((head) => plain(row[head] ?? '–')));
  const right = heads.map((head) => rows.every((row) => isNumeric(row[head])) && rows.some((row) => row[head] !== null));
  const widths = fitted(
    heads.map((head, column) => Math.max(columns(head), ...texts.map((row) => columns(row[column]!)))),
    right,
    width - gap.length * (heads.length - 1),
  );
  const line = (cells: string[]) =>
    cells.map((cell, column) => padded(cell, widths[column]!, right[column]!)).join(gap).trimEnd();
  return [line(heads.map(plain)), line(widths.map((size) => '─'.repeat(size))), ...texts.map(line)].join('\n') + '\n';
}

const isNumeric = (value: string | number | null | undefined): boolean =>
  value === null || value === undefined || typeof value === 'number' || /^[+−-]?[\d,]+(\.\d+)?( ?(%|pp|s|ms|rows))?$/.test(value);

const plain = (value: string | number): string => oneLine(String(value));

/** Takes from the widest column of text until the line fits. */
function fitted(natural: number[], right: boolean[], available: number): number[] {
  const widths = [...natural];
  for (let over = widths.reduce((a, b) => a + b, 0) - available; over > 0; over -= 1) {
    const widest = widths.reduce((best, size, i) => (!right[i] && (best < 0 || size > widths[best]!) ? i : best), -1);
    if (widest < 0 || widths[widest]! <= narrowest) break;
    widths[widest]! -= 1;
  }
  return widths;
}

function padded(text: string, width: number, right: boolean): string {
  const cell = columns(text) > width ? cut(text, width) : text;
  const space = ' '.repeat(width - columns(cell));
  return right ? space + cell : cell + space;
}

function cut(text: string, width: number): string {
  let kept = '';
  for (const character of text) {
    if (columns(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uff01-\uff60\u3000-\u303e]|\p{Emoji_Presentation}/u;
/** How many columns of a terminal a text takes: wide letters two, combining marks none. */
export const columns = (text: string): number =>
  [...text].reduce((sum, character) => sum + (/\p{M}|\u200d/u.test(character) ? 0 : wide.test(character) ? 2 : 1), 0);
