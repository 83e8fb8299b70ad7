import { bytesOf, pack } from './packing';
import type { MemoryOptions } from './options';

const sampled = 1024;
/** Other rows may pack better than these. What turns out too much is let go when the memory is saved. */
const margin = 1.2;

/**
 * How many rows a memory may hold: `rows`, or, for a limit in bytes, as many as fit if all are packed as well as some of
 * these are, and some more.
 *
 * @param x encoded rows, float32 [rows, width]
 * @param beside numbers kept beside each row
 */
export function capacityFor(options: MemoryOptions, x: Float32Array, width: number, beside: number): number {
  if (options.bytes === undefined) return options.rows!;
  const rows = x.length / width;
  const some = Math.min(rows, sampled);
  const values = new Float32Array(some * width);
  for (let i = 0; i < some; i++) {
    const row = Math.floor((i * rows) / some);
    values.set(x.subarray(row * width, (row + 1) * width), i * width);
  }
  const perRow = bytesOf(pack('x', { shape: [some, width], values }, true)) / some + 1 + 4 * beside;
  return Math.max(1, Math.floor((margin * options.bytes) / perRow));
}
