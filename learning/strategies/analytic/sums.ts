import * as tf from '@tensorflow/tfjs';
import { InvalidInput } from '../../../contracts';
import type { Session } from '../strategy';

/** A matrix of features² has 400 MB from here on, and takes minutes to solve. */
const most = 10_000;
/** Rows at once: many, so that few sums are rounded. */
const batch = 1024;

/** What a linear head can be worked out from: sums over all rows that the lineage has learned from, in float64. */
export interface Sums {
  /** How many features f the head takes, how many classes there are, and how many rows were summed. */
  features: number;
  classes: number;
  rows: number;
  /** Σ f fᵀ, [features, features] row by row; the lower triangle is filled, the upper one is not. */
  gram: Float64Array;
  /** Σ f yᵀ for one-hot y, [features, classes] row by row: the sum of each class's features. */
  products: Float64Array;
  /** Σ y: the rows of each class. */
  counts: Float64Array;
}

/**
 * Adds this training's rows to the sums that the session carries, and gives them all. The sums do not depend on the order of
 * rows or trainings, but for float32 rounding; a class that is new begins with zeros. What is carried: `gram`, the packed
 * triangle of Σ f fᵀ, and Σ f yᵀ and Σ y under the names of the head's kernel and bias, float32 each:
 * 2 n (n + 1) + 4 (n + 1) classes bytes for n features.
 *
 * @throws InvalidInput where the lineage has learned from rows that are in no sums, or from other features than the model has now
 */
export async function addRows(session: Session): Promise<Sums> {
  const { kernel, bias } = session.head;
  const [features, classes] = kernel.shape as [number, number];
  if (features > most) throw new InvalidInput(`model: its head takes ${features} features; analytic heads take at most ${most}: make the last hidden layer smaller`);
  const names = [`sums/${nameOf(session, kernel)}`, `sums/${nameOf(session, bias)}`] as const;
  check(session, features);
  const found = await sumsOf(session, features, classes);
  const gram = add(found.gram, session, 'gram', [found.gram.length]);
  const products = add(found.products, session, names[0], [features, classes]);
  const counts = add(found.counts, session, names[1], [classes]);
  return { features, classes, rows: counts.reduce((sum, n) => sum + n, 0), gram: unpack(gram, features), products, counts };
}

/** Refuses to go on from a champion whose rows are in no sums: its classes would be forgotten at once. */
function check({ state, seen }: Session, features: number): void {
  const carried = state.get('gram');
  const cure = 'train from scratch once, with learning.mode: stateless';
  if (!carried && seen.some((rows) => rows > 0)) throw new InvalidInput(`learning.strategy: there are no sums of the rows that the champion learned from, since another strategy trained it or what its head takes has changed; ${cure}`);
  if (carried && carried.size !== triangle(features)) {
    throw new InvalidInput(`learning.strategy: the sums are over ${Math.round(Math.sqrt(2 * carried.size + 0.25) - 0.5)} features, and the head takes ${features} now; ${cure}`);
  }
}

/** This training's sums; the triangle packed. */
async function sumsOf(session: Session, features: number, classes: number): Promise<Pick<Sums, 'gram' | 'products' | 'counts'>> {
  const [gram, products, counts] = [new Running([features, features]), new Running([features, classes]), new Running([classes])];
  try {
    await session.sweep('rows', ({ x, y }) => {
      const f = session.features(x);
      const truth = tf.oneHot(y, classes).toFloat() as tf.Tensor2D;
      gram.add(f.matMul(f, true));
      products.add(f.matMul(truth, true));
      counts.add(truth.sum(0));
    }, { batch });
    return { gram: pack(gram.read(), features), products: products.read(), counts: counts.read() };
  } finally {
    for (const sum of [gram, products, counts]) sum.dispose();
  }
}

/** A sum over batches that does not lose what float32 rounds away (Kahan, "Further remarks on reducing truncation errors", 1965). */
class Running {
  private readonly sum: tf.Variable;
  private readonly excess: tf.Variable;

  constructor(shape: number[]) {
    [this.sum, this.excess] = tf.tidy(() => [tf.variable(tf.zeros(shape), false), tf.variable(tf.zeros(shape), false)]);
  }

  add(value: tf.Tensor): void {
    const due = value.sub(this.excess);
    const total = this.sum.add(due);
    this.excess.assign(total.sub(this.sum).sub(due));
    this.sum.assign(total);
  }

  read(): Float64Array {
    const excess = this.excess.dataSync();
    return Float64Array.from(this.sum.dataSync(), (value, i) => value - excess[i]!);
  }

  dispose(): void {
    tf.dispose([this.sum, this.excess]);
  }
}

/** Adds to a tensor of the state, which grows by columns of zeros where it had fewer classes, and gives its values as saved. */
function add(values: Float64Array, { state }: Session, name: string, shape: number[]): Float64Array {
  const before = state.get(name);
  const columns = shape.at(-1)!;
  const had = before?.shape.at(-1) ?? 0;
  before?.dataSync().forEach((value, i) => (values[Math.floor(i / had) * columns + (i % had)]! += value));
  const saved = Float32Array.from(values);
  before?.dispose();
  state.set(name, tf.tidy(() => tf.variable(tf.tensor(saved, shape), false)));
  return Float64Array.from(saved);
}

function nameOf({ weights }: Session, variable: tf.Variable): string {
  const [name] = Object.entries(weights).find(([, weight]) => weight === variable) ?? [];
  if (name === undefined) throw new InvalidInput('model: its last layer is not trainable, and this strategy writes into it; leave `trainable: false` out there');
  return name;
}

const triangle = (n: number): number => (n * (n + 1)) / 2;

/** The lower triangle of a matrix, row by row. */
function pack(matrix: Float64Array, n: number): Float64Array {
  const packed = new Float64Array(triangle(n));
  for (let i = 0; i < n; i++) packed.set(matrix.subarray(i * n, i * n + i + 1), triangle(i));
  return packed;
}

function unpack(packed: Float64Array, n: number): Float64Array {
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) matrix.set(packed.subarray(triangle(i), triangle(i + 1)), i * n);
  return matrix;
}
