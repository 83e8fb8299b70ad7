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
  const column = columnOf(table, label);
  for (let row = range.from; row < range.to; row++) {
    const value = column.kind === 'number' ? column.values[row]! : column.levels[column.codes[row]!];
    if (value === undefined || Number.isNaN(value)) {
      throw new InvalidInput(`label.column ${label} is missing in row ${row}; rows without a label cannot be learned from or judged`);
    }
    yield String(value);
  }
}

const words = { number: 'numbers', category: 'categories' } as const;
