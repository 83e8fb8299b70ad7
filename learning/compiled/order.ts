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
