import type { ModelSpec, Table } from '../../contracts';
import { electricity, mlp, mnist, pixelName, without, type Data } from './data';

/** What the champion was, on the way to what the data and the model are now. */
export interface Case {
  /** Data, and what changes. */
  name: string;
  data: () => Data | Promise<Data>;
  /** The champion's model and the new one. */
  before: ModelSpec;
  after: ModelSpec;
  /** Columns that the champion did not have. */
  newColumns?: string[];
  /** The rows that the champion learned from, where it was not all. */
  seen?: (learned: Table) => Table;
}

const quarter = 28 * 28 / 4;
/** The lower quarter of the image. */
const lowerPixels = Array.from({ length: quarter }, (_, i) => pixelName(3 * quarter + i));

export const cases: Case[] = [
  { name: 'MNIST: wider, 100-100 to 200-200', data: mnist, before: mlp(100, 100), after: mlp(200, 200) },
  { name: 'MNIST: deeper, 100-100 to 100-100-100', data: mnist, before: mlp(100, 100), after: mlp(100, 100, 100) },
  { name: 'MNIST: new features, the lower quarter of the pixels', data: mnist, before: mlp(100, 100), after: mlp(100, 100), newColumns: lowerPixels },
  { name: 'MNIST: new class, the nines', data: mnist, before: mlp(100, 100), after: mlp(100, 100), seen: (learned) => without(learned, 'digit', '9') },
  { name: 'electricity: wider, 64-32 to 128-64', data: electricity, before: mlp(64, 32), after: mlp(128, 64) },
  { name: 'electricity: deeper, 64-32 to 64-32-32', data: electricity, before: mlp(64, 32), after: mlp(64, 32, 32) },
  { name: 'electricity: new feature, nsw_price', data: electricity, before: mlp(64, 32), after: mlp(64, 32), newColumns: ['nsw_price'] },
];
