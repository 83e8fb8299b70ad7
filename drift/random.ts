/**
 * xoshiro128** (Blackman & Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 2021), its state filled
 * from the seed by a SplitMix counter with MurmurHash3's finaliser. The same seed gives the same numbers on every machine.
 *
 * @param seed whole number; only its lowest 32 bits count
 * @example const random = xoshiro128(7); random.below(6) // 0..5
 */
export function xoshiro128(seed: number): RandomSource {
  let counter = seed >>> 0;
  const split = () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let z = counter;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  return fromState([split(), split(), split(), split()]);
}

/** A stream of random numbers. */
export interface RandomSource {
  /** The next 32 random bits, as a whole number in 0..2^32-1. */
  bits(): number;
  /** A whole number in 0..limit-1, the limit at most 2^32; the bias is below limit / 2^32. */
  below(limit: number): number;
}

/** The generator itself on a given state of four 32-bit words, not all zero. */
export function fromState(words: [number, number, number, number]): RandomSource {
  let [a, b, c, d] = words;
  const bits = () => {
    const five = (b * 5) | 0;
    const result = (((five << 7) | (five >>> 25)) * 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  return { bits, below: (limit) => ((bits() / 0x1_0000_0000) * limit) >>> 0 };
}
