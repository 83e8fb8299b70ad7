import { InvalidInput, type RowRange, type Table } from '../../contracts';
import { headNames, inOrder, labelNames } from './columns';
import type { Features, Heads } from './types';

/**
 * Which classes belong to which head, as these rows say. Heads that are known keep their places.
 *
 * @param classes names of all classes, by their index
 * @param known the heads of a lineage, which new ones come after
 * @throws InvalidInput for a row without a head, and for a class that occurs with two heads or with none
 */
export function fitHeads(column: string, label: string, classes: readonly string[], table: Table, range: RowRange, known: Heads | null = null): Heads {
  const headOf = new Map(known?.names.flatMap((name, i) => known.classes[i]!.map((index) => [classes[index]!, name] as const)));
  const rows = labelNames(table, label, range);
  for (const name of headNames(table, column, range)) {
    const own = rows.next().value as string;
    const other = headOf.get(own) ?? name;
    if (other !== name) {
      throw new InvalidInput(`label.head ${column}: the class ${own} occurs with the heads ${other} and ${name}, but a class belongs to one head; give it another name in each of them, or leave label.head out`);
    }
    headOf.set(own, name);
  }
  const without = classes.find((name) => !headOf.has(name));
  if (without !== undefined) throw new InvalidInput(`label.head ${column}: no row says which head the class ${without} belongs to; train from scratch with learning.mode: stateless`);
  const fresh = new Set(headOf.values());
  known?.names.forEach((name) => fresh.delete(name));
  const names = [...(known?.names ?? []), ...inOrder([...fresh])];
  return { column, names, classes: names.map((name) => [...classes.keys()].filter((i) => headOf.get(classes[i]!) === name)) };
}

/**
 * The head of each row as its index: int32 [rows]; -1 where the model does not know it. Null where all classes compete.
 *
 * @throws InvalidInput for a row without a head, or where the column is missing
 */
export function headsOf({ heads }: Features, table: Table, range: RowRange = { from: 0, to: table.rows }): Int32Array | null {
  return heads ? Int32Array.from(headNames(table, heads.column, range), (name) => heads.names.indexOf(name)) : null;
}
