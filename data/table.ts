import { SchemaMismatch, type CategoryColumn, type Column, type RowRange, type Table } from '../contracts';

/**
 * Some of a table's rows. Nothing is copied: the arrays are views into those of `table`.
 *
 * @param range half-open; must lie within the table, else `RangeError`.
 * @example const holdout = sliceTable(table, { from: 800, to: 1000 }); // 200 rows
 */
export function sliceTable(table: Table, { from, to }: RowRange): Table {
  if (!(0 <= from && from <= to && to <= table.rows)) {
    throw new RangeError(`rows ${from}..${to} do not lie within a table of ${table.rows} rows`);
  }
  const slice = (column: Column): Column =>
    column.kind === 'number'
      ? { kind: 'number', values: column.values.subarray(from, to) }
      : { kind: 'category', levels: column.levels, codes: column.codes.subarray(from, to) };
  const columns = Object.entries(table.columns).map(([name, column]) => [name, slice(column)] as const);
  return { rows: to - from, time: table.time.subarray(from, to), columns: Object.fromEntries(columns) };
}

/**
 * The table with just these columns, in this order; one that it has not, or in another kind, is empty: all its values are
 * missing.
 *
 * @example withColumns(may, [{ name: 'wind', kind: 'number' }]).columns.wind; // NaN in every row
 */
export function withColumns(table: Table, columns: { name: string; kind: Column['kind'] }[]): Table {
  const empty = (kind: Column['kind']): Column =>
    kind === 'number' ? { kind, values: new Float64Array(table.rows).fill(NaN) } : { kind, levels: [], codes: new Int32Array(table.rows).fill(-1) };
  const column = (name: string, kind: Column['kind']): Column => {
    const found = table.columns[name];
    return found?.kind === kind ? found : empty(kind);
  };
  return { ...table, columns: Object.fromEntries(columns.map(({ name, kind }) => [name, column(name, kind)])) };
}

/**
 * Tables one after the other, in the order given. Levels of a category are merged and sorted as `readSnapshot` sorts
 * them, and the codes follow. No tables give a table of 0 rows without columns.
 *
 * Throws `SchemaMismatch` where the tables' columns differ in name or kind.
 *
 * @example const lineage = concatTables([await readSnapshot(may, schema), await readSnapshot(june, schema)]);
 */
export function concatTables(tables: Table[]): Table {
  const names = Object.keys(tables[0]?.columns ?? {});
  for (const table of tables) sameColumns(names, table);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const columns = names.map((name) => [name, concatColumns(name, tables.map((table) => table.columns[name]!))] as const);
  return { rows, time: joined(new Float64Array(rows), tables.map((table) => table.time)), columns: Object.fromEntries(columns) };
}

function sameColumns(names: string[], table: Table): void {
  const odd = [...names.filter((name) => !(name in table.columns)), ...Object.keys(table.columns).filter((name) => !names.includes(name))];
  if (odd.length > 0) throw new SchemaMismatch(`tables of different columns cannot be joined: ${odd.join(', ')} not in all of them`);
}

function concatColumns(name: string, columns: Column[]): Column {
  const numbers = columns.filter((column) => column.kind === 'number');
  const categories = columns.filter((column) => column.kind === 'category');
  if (numbers.length > 0 && categories.length > 0) {
    throw new SchemaMismatch(`tables cannot be joined: column "${name}" is a number in one and a category in another`);
  }
  if (categories.length > 0) return concatCategories(categories);
  const parts = numbers.map((column) => column.values);
  return { kind: 'number', values: joined(new Float64Array(total(parts)), parts) };
}

function concatCategories(columns: CategoryColumn[]): CategoryColumn {
  const levels = sortedLevels(columns.flatMap((column) => column.levels));
  const codeOf = new Map(levels.map((level, code) => [level, code]));
  const parts = columns.map((column) => {
    const codes = column.levels.map((level) => codeOf.get(level)!);
    return column.codes.map((code) => (code < 0 ? -1 : codes[code]!));
  });
  return { kind: 'category', levels, codes: joined(new Int32Array(total(parts)), parts) };
}

/** Distinct levels by their UTF-8 bytes, which is how DuckDB sorts text. */
export const sortedLevels = (levels: string[]): string[] =>
  [...new Set(levels)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const total = (parts: { length: number }[]): number => parts.reduce((sum, part) => sum + part.length, 0);

function joined<A extends Float64Array | Int32Array>(target: A, parts: A[]): A {
  let at = 0;
  for (const part of parts) {
    target.set(part, at);
    at += part.length;
  }
  return target;
}
