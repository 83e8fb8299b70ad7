/** mulberry32: a small generator with 32 bits of state (Tommy Ettinger, public domain). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The rows of an epoch in a random order that depends on the seed and the epoch alone, so that any epoch can be resumed (Fisher–Yates). */
export function shuffled(rows: number, seed: number, epoch: number): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  const random = generator(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(epoch + 1, 0xc2b2ae35));
  for (let i = rows - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** @throws RangeError where an epoch has no rows, or others in number than the first: a step's number tells its epoch */
export function epochsOf(order: (epoch: number) => Int32Array, batchSize: number) {
  const { length } = order(0);
  if (length === 0) throw new RangeError('an epoch needs rows: the order of epoch 0 is empty');
  return {
    /** Steps in an epoch. */
    perEpoch: Math.ceil(length / batchSize),
    orderOf(epoch: number): Int32Array {
      const rows = order(epoch);
      if (rows.length !== length) throw new RangeError(`all epochs need equally many rows: the order of epoch 0 has ${length}, that of epoch ${epoch} has ${rows.length}`);
      return rows;
    },
  };
}
