import type { Pipeline, SnapshotUse, Table } from '../../contracts';
import { concatTables, sliceTable, withColumns } from '../../data';
import { strategyNamed } from '../../learning';
import type { JobContext } from './context';
import { loadSnapshot } from './load';

/**
 * The rows that a training learns from: the new ones, or, from scratch and where the strategy wants them, all that the
 * lineage was trained on. Never what was held out.
 *
 * @param uses the lineage's snapshots, the newest last
 * @param newest the rows of the last of them
 */
export async function lessonRows(context: JobContext, { learning }: Pipeline, uses: SnapshotUse[], newest: Table, scratch: boolean): Promise<Table> {
  const { name, options } = learning.strategy;
  const whole = scratch || strategyNamed(name, options).rows === 'lineage';
  return whole ? gather(context, uses, learning.window, newest) : sliceTable(newest, uses.at(-1)!.trained);
}

/** Rows of many snapshots in the columns of the newest: one that came later is empty in older rows. */
async function gather({ registry }: JobContext, uses: SnapshotUse[], window: number | undefined, newest: Table): Promise<Table> {
  const columns = Object.entries(newest.columns).map(([name, { kind }]) => ({ name, kind }));
  const parts: Table[] = [];
  for (const { digest, trained } of window === undefined ? uses : uses.slice(-window))
    parts.push(withColumns(sliceTable(await loadSnapshot(registry, digest), trained), columns));
  return concatTables(parts);
}
