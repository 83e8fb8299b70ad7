import { CorruptArtifact } from '../contracts';
import { Random } from './random';
import type { NamedArrays } from './tensors-file';

export interface MemoryOptions {
  /** Rows kept at most. */
  rows: number;
  /** reservoir: every row seen is kept with the same chance. class-balanced: rare classes keep more of theirs. */
  sampling: 'reservoir' | 'class-balanced';
}

/**
 * Rows of the past, encoded but unscaled, with their classes.
 *
 * Reservoir sampling is Vitter's algorithm R (ACM TOMS 1985). Class-balanced reservoir sampling is Chrysakis & Moens,
 * "Online Continual Learning from Imbalanced Data" (ICML 2020), algorithm 1: a row of a class that was never the largest
 * takes the place of one of the largest class; a row of one that was replaces one of its own with chance kept/seen.
 */
export class Memory {
  readonly x: Float32Array;
  readonly y: Int32Array;
  /** Rows kept now. */
  size = 0;
  /** Rows offered so far, in all and by class. */
  seen = 0;
  private readonly seenOf: Float64Array;
  /** 1 for a class that has been the largest in a full memory. */
  private readonly full: Uint8Array;

  constructor(readonly options: MemoryOptions, readonly width: number, readonly classes: number) {
    this.x = new Float32Array(options.rows * width);
    this.y = new Int32Array(options.rows);
    this.seenOf = new Float64Array(classes);
    this.full = new Uint8Array(classes);
  }

  /** Offers rows in their order. What is kept depends on the seed and on all rows so far, not on how they were grouped. */
  offer(x: Float32Array, y: Int32Array, seed: number): void {
    for (let row = 0; row < y.length; row++) {
      const place = this.placeFor(y[row]!, new Random(seed, 'memory', this.seen));
      if (place === null) continue;
      this.x.set(x.subarray(row * this.width, (row + 1) * this.width), place * this.width);
      this.y[place] = y[row]!;
      this.size = Math.max(this.size, place + 1);
    }
  }

  /** Positions of rows drawn at random: without repeats where there are enough of them. */
  sample(count: number, random: Random): Int32Array {
    if (count <= this.size) return random.choose(this.size, count);
    return Int32Array.from({ length: count }, () => random.below(this.size));
  }

  arrays(): NamedArrays {
    return {
      x: { shape: [this.size, this.width], values: this.x.slice(0, this.size * this.width) },
      y: { shape: [this.size], values: this.y.slice(0, this.size) },
      seen: { shape: [this.classes], values: this.seenOf.slice() },
      full: { shape: [this.classes], values: this.full.slice() },
    };
  }

  /** Takes over what another memory had; of one that was larger, a random part. */
  restore(arrays: NamedArrays, seed: number): void {
    if (arrays.x?.shape[1] !== this.width || arrays.seen?.shape[0] !== this.classes) {
      throw new CorruptArtifact(`memory.bin: rows of ${arrays.x?.shape[1]} inputs and ${arrays.seen?.shape[0]} classes; the model has ${this.width} and ${this.classes}`);
    }
    const [x, y] = [arrays.x.values as Float32Array, arrays.y!.values as Int32Array];
    this.seenOf.set(arrays.seen.values);
    this.full.set(arrays.full!.values);
    this.seen = this.seenOf.reduce((sum, n) => sum + n, 0);
    const fits = y.length <= this.options.rows;
    const kept = fits ? y.keys() : new Random(seed, 'shrink', this.seen).choose(y.length, this.options.rows).values();
    this.size = 0;
    for (const row of kept) {
      this.x.set(x.subarray(row * this.width, (row + 1) * this.width), this.size * this.width);
      this.y[this.size++] = y[row]!;
    }
  }

  /** Where the next row goes, or null where it is not kept. */
  private placeFor(label: number, random: Random): number | null {
    this.seen++;
    const seenOfClass = (this.seenOf[label] = this.seenOf[label]! + 1);
    if (this.size < this.options.rows) return this.size;
    if (this.options.sampling === 'reservoir') {
      const place = random.below(this.seen);
      return place < this.size ? place : null;
    }
    const kept = this.places();
    const largest = Math.max(...kept.map((places) => places.length));
    kept.forEach((places, i) => places.length === largest && (this.full[i] = 1));
    const own = kept[label]!;
    if (this.full[label] === 0) {
      const crowded = kept.filter((places) => places.length === largest).flat();
      return crowded[random.below(crowded.length)]!;
    }
    return random.uniform() <= own.length / seenOfClass && own.length > 0 ? own[random.below(own.length)]! : null;
  }

  /** The positions of each class's rows. */
  private places(): number[][] {
    const places = Array.from({ length: this.classes }, (): number[] => []);
    for (let i = 0; i < this.size; i++) places[this.y[i]!]!.push(i);
    return places;
  }
}
