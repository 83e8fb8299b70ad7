import * as tf from '@tensorflow/tfjs';
import { standardise } from '../features';
import { capacityFor, Memory, type Offered } from '../memory';
import type { Random } from '../random';
import type { NamedArrays } from '../tensors-file';
import type { Job } from './job';

/** The memory of one training, and where each of its rows lies: behind the training's own rows, or among them. */
export class Recall {
  readonly memory: Memory;
  /** Of each place, the number of its row among the resident ones. */
  private sources: number[] = [];

  constructor(private readonly job: Job) {
    const { strategy, features } = job;
    const classes = features.classes.length;
    this.memory = job.memory ?? new Memory(strategy.memory!, features.width, classes, capacityFor(strategy.memory!, job.encoded, features.width, strategy.keep ? classes : 0));
    this.settle();
  }

  /** Takes over a version's memory, or goes on with a checkpoint's. */
  restore(arrays: NamedArrays, from: 'version' | 'checkpoint'): void {
    if (from === 'version') this.memory.restore(arrays, this.job.learning.seed);
    else this.memory.resume(arrays, this.job.learning.seed);
    this.settle();
  }

  /** All rows that a step may take, scaled: this training's, then the memory's as it is now. */
  resident(): { x: Float32Array; y: Int32Array } {
    const { x, y, features } = this.job;
    this.settle();
    const past = standardise(features, this.memory.x);
    const all = { x: new Float32Array(x.length + past.length), y: new Int32Array(y.length + this.memory.size) };
    all.x.set(x);
    all.x.set(past, x.length);
    all.y.set(y);
    all.y.set(this.memory.y, y.length);
    return all;
  }

  /** Places of the step's draws; none while the memory is empty. */
  draw(batch: number, random: (purpose: string) => Random): Int32Array[] {
    if (this.memory.size === 0) return [];
    const { draws = ['batch'] } = this.job.strategy.memory!;
    return draws.map((rows, i) => this.memory.sample(rows === 'batch' ? batch : rows, random(i === 0 ? 'past' : `past ${i}`)));
  }

  /** The resident rows of these places. */
  rowsAt(places: Int32Array): Int32Array {
    return places.map((place) => this.sources[place]!);
  }

  /** What is kept beside the rows of these places. */
  keptAt(places: Int32Array): Record<string, tf.Tensor2D> {
    return Object.fromEntries(Object.entries(this.memory.kept()).map(([name, { width, values }]) => {
      const picked = new Float32Array(places.length * width);
      places.forEach((place, i) => picked.set(values.subarray(place * width, (place + 1) * width), i * width));
      return [name, tf.tensor2d(picked, [places.length, width])];
    }));
  }

  /** Offers rows of this training by their numbers. */
  offer(rows: Int32Array, kept: Record<string, Float32Array>): void {
    const { encoded, y, features, learning } = this.job;
    const offered: Offered = { x: gather(encoded, rows, features.width), y: rows.map((row) => y[row]!), kept, private: this.job.private && Uint8Array.from(rows, (row) => this.job.private![row]!) };
    this.memory.offer(offered, learning.seed).forEach((place, i) => place >= 0 && (this.sources[place] = rows[i]!));
  }

  private settle(): void {
    this.sources = Array.from({ length: this.memory.size }, (_, place) => this.job.y.length + place);
  }
}

/** Some rows of many. */
export function gather(x: Float32Array, rows: Int32Array, width: number): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  rows.forEach((row, i) => gathered.set(x.subarray(row * width, (row + 1) * width), i * width));
  return gathered;
}
