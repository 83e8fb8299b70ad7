import { InvalidInput, type CategoryColumn, type Column, type NumberColumn, type RowRange, type Table } from '../../contracts';

/** A column by its name and, where it is given, its kind. Throws InvalidInput when it is not there, or another kind. */
export function columnOf(table: Table, name: string, kind: 'number'): NumberColumn;
export function columnOf(table: Table, name: string, kind: 'category'): CategoryColumn;
export function columnOf(table: Table, name: string): Column;
export function columnOf(table: Table, name: string, kind?: Column['kind']): Column {
  const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
  if (column === undefined) {
    throw new InvalidInput(`column ${name} is missing; the rows have ${Object.keys(table.columns).join(', ')}`);
  }
  if (kind !== undefined && column.kind !== kind) {
    throw new InvalidInput(`column ${name} holds ${words[column.kind]}, but the model was trained with ${words[kind]} there; set its type in source.types`);
  }
  return column;
}

/** The label of each row as its class's name. Throws InvalidInput for a row without one. */
export function* labelNames(table: Table, label: string, range: RowRange): Generator<string> {
  let row = range.from;
  for (const name of namesIn(table, label, range)) {
    if (name === null) throw new InvalidInput(`label.column ${label} is missing in row ${row}; rows without a label cannot be learned from or judged`);
    row++;
    yield name;
  }
}

/** The head that each row belongs to, by its name. Throws InvalidInput for a row without one. */
export function* headNames(table: Table, head: string, range: RowRange): Generator<string> {
  let row = range.from;
  for (const name of namesIn(table, head, range)) {
    if (name === null) throw new InvalidInput(`label.head ${head} is missing in row ${row}; it has to say which classes the row is one of`);
    row++;
    yield name;
  }
}

/** A column's values as names; null where one is missing. */
export function* namesIn(table: Table, name: string, range: RowRange): Generator<string | null> {
  const column = columnOf(table, name);
  for (let row = range.from; row < range.to; row++) {
    const value = column.kind === 'number' ? column.values[row]! : column.levels[column.codes[row]!];
    yield value === undefined || Number.isNaN(value) ? null : String(value);
  }
}

/** Names in the order of numbers where all are numbers, else of the alphabet. */
export const inOrder = (names: string[]): string[] =>
  names.every((name) => Number.isFinite(Number(name))) ? names.sort((a, b) => Number(a) - Number(b)) : names.sort(compare);

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const words = { number: 'numbers', category: 'categories' } as const;
