import { CorruptArtifact } from '../../contracts';
import { Random } from '../random';
import type { NamedArrays } from '../tensors-file';
import { Beside, type Kept } from './beside';
import type { MemoryOptions, Offered } from './options';
import { bytesOf, pack, unpack } from './packing';
import { Places } from './places';
import { samplings, type Sampled } from './sampling';

/** Rows of the past, encoded but unscaled, with their classes and with what the strategy keeps beside them. */
export class Memory implements Sampled {
  /** Rows kept now. */
  size = 0;
  /** Rows offered so far, in all and by class. */
  seen = 0;
  readonly seenOf: Float64Array;
  readonly full: Uint8Array;
  readonly places: Places;
  private xs = new Float32Array();
  private ys = new Int32Array();
  private readonly beside = new Beside();

  /**
   * @param width numbers in a row
   * @param classes classes of the model; labels are below it
   * @param capacity rows kept at most; see `capacityFor`
   */
  constructor(readonly options: MemoryOptions, readonly width: number, readonly classes: number, public capacity: number) {
    this.seenOf = new Float64Array(classes);
    this.full = new Uint8Array(classes);
    this.places = new Places(classes);
  }

  /** float32 [size, width] */
  get x(): Float32Array {
    return this.xs.subarray(0, this.size * this.width);
  }

  /** int32 [size] */
  get y(): Int32Array {
    return this.ys.subarray(0, this.size);
  }

  get scores(): Float32Array | undefined {
    return this.beside.of('score');
  }

  /** What is kept beside the rows, by name. */
  kept(): Record<string, Kept> {
    return this.beside.all(this.size);
  }

  /**
   * Offers rows in their order. What is kept depends on the seed and on all rows so far, not on how they were grouped.
   *
   * @returns the place that each row got, or -1
   */
  offer(rows: Offered, seed: number): Int32Array {
    const places = new Int32Array(rows.y.length).fill(-1);
    const tenants = new Map<number, number>();
    for (let row = 0; row < rows.y.length; row++) {
      if (rows.private?.[row]) continue;
      const place = this.placeFor(rows, row, seed);
      if (place === null) continue;
      const before = tenants.get(place);
      if (before !== undefined) places[before] = -1;
      tenants.set(place, row);
      places[row] = place;
      this.put(place, rows, row);
    }
    return places;
  }

  /** Positions of rows drawn at random: without repeats where there are enough of them. */
  sample(count: number, random: Random): Int32Array {
    if (count <= this.size) return random.choose(this.size, count);
    return Int32Array.from({ length: count }, () => random.below(this.size));
  }

  /** Where the next row goes, or null where it is not kept. */
  private placeFor({ y, kept }: Offered, row: number, seed: number): number | null {
    const label = y[row]!;
    const random = new Random(seed, 'memory', this.seen);
    this.seen++;
    this.seenOf[label]!++;
    const { sampling } = this.options;
    if (sampling === 'ranked') return this.placeByRank(label, kept?.rank?.[row] ?? NaN);
    if (this.size < this.capacity) return this.size;
    return samplings[sampling](this, { label, score: kept?.score?.[row] ?? NaN, gate: kept?.gate?.[row] ?? NaN }, random);
  }

  /**
   * While there is room all rows stay. Then a class with fewer rows than the largest takes a place of that one's highest
   * rank, until they are equal; else a row takes the place of the highest rank of its own class, if its own is lower.
   */
  private placeByRank(label: number, rank: number): number | null {
    if (this.size < this.capacity) return this.size;
    const ranks = ranked(this.beside.of('rank'));
    const highest = (places: readonly number[]): number => places.reduce((worst, place) => (ranks(place) > ranks(worst) ? place : worst), places[0]!);
    const own = this.places.ofClass(label);
    const crowded = this.places.ofLargest;
    if (own.length < crowded.length - 1 || own.length === 0) return highest(crowded);
    const worst = highest(own);
    return rank < ranks(worst) ? worst : null;
  }

  private put(place: number, { x, y, kept = {} }: Offered, row: number): void {
    this.reserve(place + 1);
    if (place < this.size) this.places.remove(place, this.ys[place]!);
    this.places.add(place, y[row]!);
    this.size = Math.max(this.size, place + 1);
    this.xs.set(x.subarray(row * this.width, (row + 1) * this.width), place * this.width);
    this.ys[place] = y[row]!;
    const { gate: _, ...beside } = kept;
    this.beside.put(place, beside, row, y.length, this.ys.length);
  }

  /** Room for so many rows; doubled as they come, since a memory may be allowed far more than there ever are. */
  private reserve(rows: number): void {
    if (rows <= this.ys.length) return;
    const room = Math.min(this.capacity, Math.max(rows, 2 * this.ys.length, 256));
    this.xs = grown(this.xs, room * this.width);
    const ys = new Int32Array(room);
    ys.set(this.ys);
    this.ys = ys;
  }

  /**
   * All of it, in the fewest bytes.
   *
   * @param seed draws which rows are let go of, so that what is left keeps to `options.bytes`; null keeps them all
   */
  arrays(seed: number | null): NamedArrays {
    const limit = this.options.bytes;
    if (limit === undefined || seed === null) return this.packed(false);
    for (;;) {
      const arrays = this.packed(true);
      const excess = bytesOf(arrays) - limit;
      if (excess <= 0 || this.size === 0) return arrays;
      this.shrink(this.size - Math.max(1, Math.ceil((excess / bytesOf(arrays)) * this.size * 1.02)), seed);
    }
  }

  private packed(compressed: boolean): NamedArrays {
    return {
      ...pack('x', { shape: [this.size, this.width], values: this.x.slice() }, compressed),
      y: { shape: [this.size], values: this.classes <= 256 ? Uint8Array.from(this.y) : this.y.slice() },
      ...Object.fromEntries(Object.entries(this.kept()).map(([name, { width, values }]) => [`kept/${name}`, { shape: [this.size, width], values: values.slice() }])),
      seen: { shape: [this.classes], values: this.seenOf.slice() },
      full: { shape: [this.classes], values: this.full.slice() },
    };
  }

  /**
   * Takes over what a version's memory had; of one that was larger, a part. Classes that are new have no rows yet.
   *
   * @throws CorruptArtifact for rows of another width, or of more classes
   */
  restore(arrays: NamedArrays, seed: number): void {
    this.capacity = this.capacityAfter(arrays);
    this.resume(arrays, seed);
  }

  /**
   * Once a memory that is limited in bytes has let go of rows, it has room for as many as are left: what comes into free
   * places comes in for certain, and would crowd out the old from training to training. Only a limit that was raised makes room.
   */
  private capacityAfter(arrays: NamedArrays): number {
    const { bytes, sampling } = this.options;
    const rows = arrays.y!.shape[0]!;
    const seen = Float64Array.from(arrays.seen!.values).reduce((sum, n) => sum + n, 0);
    if (bytes === undefined || sampling === 'ranked' || rows === 0) return this.capacity;
    // What came unpacked takes less room from now on.
    const { x, ...others } = arrays;
    const used = bytesOf(x ? { ...others, ...pack('x', unpack('x', arrays)!, true) } : arrays) / bytes;
    // The capacity is as these rows pack; old ones may pack better, and stay where they fit.
    if (seen <= rows) return used > 1 ? this.capacity : Math.max(this.capacity, rows + Math.floor(this.capacity * (1 - used)));
    const room = Math.floor(rows / used);
    return room > 1.1 * rows ? room : Math.min(room, rows);
  }

  /** Goes on from a checkpoint's memory, with the same room as before. Throws as `restore` does. */
  resume(arrays: NamedArrays, seed: number): void {
    const x = unpack('x', arrays);
    if (x?.shape[1] !== this.width || !(arrays.seen!.shape[0]! <= this.classes)) {
      throw new CorruptArtifact(`memory.bin: rows of ${x?.shape[1]} inputs and ${arrays.seen?.shape[0]} classes; the model has ${this.width} and ${this.classes}`);
    }
    const y = Int32Array.from(arrays.y!.values);
    const kept = Object.fromEntries(Object.entries(arrays).flatMap(([name, { values }]) => (name.startsWith('kept/') ? [[name.slice('kept/'.length), values as Float32Array]] : [])));
    this.empty();
    this.seenOf.set(arrays.seen!.values);
    this.full.set(arrays.full!.values);
    this.seen = this.seenOf.reduce((sum, n) => sum + n, 0);
    const rows = { x: x.values, y, kept };
    for (const row of chosen(rows, this.capacity, this.options.sampling, new Random(seed, 'shrink', this.seen))) this.put(this.size, rows, row);
  }

  /** Lets go of rows until so many are left. */
  private shrink(rows: number, seed: number): void {
    const [x, y] = [this.x.slice(), this.y.slice()];
    const kept = Object.fromEntries(Object.entries(this.kept()).map(([name, { values }]) => [name, values.slice()]));
    const left = chosen({ y, kept }, Math.max(0, rows), this.options.sampling, new Random(seed, 'shrink', this.seen, rows));
    this.empty();
    for (const row of left) this.put(this.size, { x, y, kept }, row);
  }

  private empty(): void {
    this.y.forEach((label, place) => this.places.remove(place, label));
    this.size = 0;
  }
}

/** The rows that stay, in their order: all where there is room; else those of a reservoir at random, else some of the largest classes go. */
function chosen({ y, kept }: Pick<Offered, 'y' | 'kept'>, room: number, sampling: MemoryOptions['sampling'], random: Random): Int32Array {
  if (y.length <= room) return Int32Array.from(y.keys());
  if (sampling === 'reservoir') return random.choose(y.length, room).sort();
  const ranks = ranked(kept?.rank);
  const order = sampling === 'ranked' ? [...y.keys()].sort((a, b) => (ranks(a) < ranks(b) ? -1 : ranks(a) > ranks(b) ? 1 : a - b)) : random.permutation(y.length);
  const byClass = new Map<number, number[]>();
  for (const row of order) byClass.set(y[row]!, byClass.get(y[row]!) ?? []).get(y[row]!)!.push(row);
  for (let left = y.length; left > room; left--) {
    const largest = [...byClass.values()].reduce((a, b) => (b.length > a.length ? b : a));
    largest.pop();
  }
  return Int32Array.from([...byClass.values()].flat()).sort();
}

/** Ranks by place; one that is not known comes last. */
const ranked = (ranks: Float32Array | undefined) => (place: number): number => (Number.isNaN(ranks?.[place] ?? NaN) ? Infinity : ranks![place]!);

function grown(values: Float32Array, length: number): Float32Array<ArrayBuffer> {
  const more = new Float32Array(length);
  more.set(values);
  return more;
}
