/** The last contiguous share of a snapshot's rows: never trained on. At least one row stays on either side of it. */
export function heldOutRange(rows: number, share: number): { from: number; to: number } {
  const held = Math.min(Math.max(Math.round(rows * share), 2), Math.max(rows - 1, 0));
  return { from: rows - held, to: rows };
}
