import { z } from 'zod';
import { sha256 } from './names';

/** The columns and types that a pipeline's rows have, inferred once and then held. */
export const schemaSchema = z.strictObject({
  format: z.literal(1),
  version: z.number().int().positive(),
  time: z.string(),
  label: z.string(),
  columns: z.array(z.strictObject({ name: z.string(), kind: z.enum(['number', 'category']) })),
});
export type Schema = z.output<typeof schemaSchema>;

/** What one pull gave: read = kept + quarantined + duplicates. Small enough for a workflow's history. */
export const snapshotRef = z.strictObject({
  /** SHA-256 of the Parquet file that holds the kept rows, in the order of time. */
  digest: sha256,
  schemaVersion: z.number().int().positive(),
  read: z.number().int().nonnegative(),
  rows: z.number().int().nonnegative(),
  duplicates: z.number().int().nonnegative(),
  /** Rows set aside, by reason, such as `nsw_price: not a number`. */
  quarantined: z.record(z.string(), z.number().int().positive()),
  /** Time of the first and the last kept row; null when none was kept. */
  first: z.iso.datetime().nullable(),
  last: z.iso.datetime().nullable(),
  /** Columns in `features.exclude` that the source does not have: names that may be misspelt. Left out where there are none. */
  absent: z.array(z.string()).optional(),
});
export type SnapshotRef = z.output<typeof snapshotRef>;

/** Rows set aside in total. */
export const quarantinedRows = (snapshot: SnapshotRef): number =>
  Object.values(snapshot.quarantined).reduce((sum, count) => sum + count, 0);
