/**
 * A small seeded generator: xoshiro128** (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2021).
 *
 * It is seeded from a list of parts, so every draw of a training can name what it is for: `new Random(seed, 'order', 3)`
 * is the shuffle of epoch 3. Whoever knows the seed and the position knows all later draws, and a resumed training needs
 * no saved generator. The state is small and can be saved all the same.
 *
 * @example new Random(1, 'order', 0).permutation(4) // the same four indices each time
 */
export class Random {
  private readonly words: Uint32Array;

  /** @param parts numbers and words; different lists give unrelated streams. */
  constructor(...parts: (number | string)[]) {
    let hash = 0x811c9dc5;
    for (const character of parts.map((part) => `${typeof part}:${part}`).join('|')) {
      hash = scramble(hash ^ character.codePointAt(0)!);
    }
    this.words = Uint32Array.from({ length: 4 }, () => {
      hash = (hash + 0x9e3779b9) >>> 0;
      return scramble(hash);
    });
  }

  /** The four words that the next draw depends on. */
  get state(): number[] {
    return [...this.words];
  }

  set state(words: number[]) {
    this.words.set(words);
  }

  /** An integer in 0..2³²-1. */
  uint32(): number {
    const s = this.words;
    const [s0, s1, s2, s3] = s as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    s[2] = s2 ^ s0;
    s[3] = s3 ^ s1;
    s[1] = s1 ^ s[2];
    s[0] = s0 ^ s[3];
    s[2] = s[2] ^ (s1 << 9);
    s[3] = rotate(s[3], 11);
    return result;
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 0x4000000 + (this.uint32() >>> 6)) / 0x20000000000000;
  }

  /** An integer in 0..n-1, each equally likely. */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** The indices 0..n-1 in random order (Fisher and Yates). */
  permutation(n: number): Int32Array {
    return this.choose(n, n);
  }

  /** `count` different indices out of 0..n-1 in random order. `count` is at most n. */
  choose(n: number, count: number): Int32Array {
    const indices = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = 0; i < Math.min(count, n - 1); i++) {
      const j = i + this.below(n - i);
      [indices[i], indices[j]] = [indices[j]!, indices[i]!];
    }
    return indices.subarray(0, count);
  }
}

/** A seed for tf.js, which takes 0 for "none": 1..2³¹-1. */
export function seedFor(...parts: (number | string)[]): number {
  return 1 + (new Random(...parts).uint32() % 0x7ffffffe);
}

const rotate = (x: number, k: number): number => ((x << k) | (x >>> (32 - k))) >>> 0;

/** The finaliser of MurmurHash3: every input bit changes about half of the output bits. */
function scramble(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
