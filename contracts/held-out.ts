/** The last contiguous share of a snapshot's rows: never trained on. Two at least, which a bound of the mean needs, as long as one is left to train on. */
export function heldOutRange(rows: number, share: number): { from: number; to: number } {
  const held = Math.min(Math.max(Math.round(rows * share), 2), Math.max(rows - 1, 0));
  return { from: rows - held, to: rows };
}
