import * as tf from '@tensorflow/tfjs';
import { CannotCompile } from './errors';
import { nativeBackend, opScopes, upload, type Values } from './native';
import type { Random } from './trace';

const distributions: Record<string, Random['distribution']> = {
  randomUniform: 'uniform',
  randomNormal: 'normal',
  truncatedNormal: 'truncated normal',
};
/** The ops of tfjs that ask `Math.random` for a seed. */
const drawing = /^(random|truncatedNormal|multinomial)/;
/** The TensorFlow ops that draw the same from a seed of two integers: no hidden state, the same on every device. */
export const statelessOp: Record<Random['distribution'], string> = {
  uniform: 'StatelessRandomUniform',
  normal: 'StatelessRandomNormal',
  'truncated normal': 'StatelessTruncatedNormal',
};

/**
 * Watches which tensors tfjs draws at random. tfjs draws in JavaScript and hands over finished numbers, so the
 * parameters are not to be seen: they are found by drawing again from the same seed with the standard parameters.
 */
export class RandomWatch {
  /** Why what was drawn cannot be drawn in a graph. */
  refusal: CannotCompile | undefined;
  private calls = 0;
  private callsSeen = 0;
  private seed = 0;
  private redrawing = false;
  private readonly original = Math.random;
  private state: number;

  /** @param stream two watches with different streams draw different numbers. */
  constructor(stream: number) {
    this.state = stream;
    Math.random = () => {
      // Two runs may agree by chance in what a number that JavaScript draws decides.
      if (!opScopes().some((name) => drawing.test(name))) this.refusal ??= new CannotCompile('the step calls Math.random, and would go on with what it gave once; draw with tf.randomUniform, and decide with tf.where');
      this.calls++;
      this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
      return (this.seed = (this.state + 0.5) / 2 ** 32);
    };
  }

  stop(): void {
    Math.random = this.original;
  }

  /**
   * How the values now being written were drawn, if at random. A dropout is recognised even with a seed of its own:
   * tfjs would draw the same mask at every step. Any other op with a seed gives a true constant.
   */
  classify(values: Values, shape: number[], dtype: tf.DataType): Random | undefined {
    const scopes = opScopes();
    const name = scopes.findLast((scope) => drawing.test(scope));
    if (this.redrawing || name === undefined) return undefined;
    const fresh = this.calls > this.callsSeen;
    this.callsSeen = this.calls;
    if (scopes.includes('dropout') && dtype === 'float32') return { distribution: 'uniform', scale: 1, shift: 0 };
    if (!fresh) return undefined;
    const distribution = distributions[name];
    if (distribution && dtype === 'float32') return this.fit(distribution, values as Float32Array, shape);
    this.refusal ??= new CannotCompile(`tf.${name} draws ${dtype} [${shape.join()}] at random, and a graph has floats of tf.randomUniform, randomNormal and truncatedNormal alone; draw one of these, and make of it what is needed with tensors (mul, floor, cast)`);
    return undefined;
  }

  /** The parameters of a draw, by another of the same seed with the standard ones. */
  private fit(distribution: Random['distribution'], values: Float32Array, shape: number[]): Random | undefined {
    const seed = this.seed;
    this.redrawing = true;
    const draw = distribution === 'uniform' ? tf.randomUniform(shape, 0, 1, 'float32', seed)
      : distribution === 'normal' ? tf.randomNormal(shape, 0, 1, 'float32', seed)
        : tf.truncatedNormal(shape, 0, 1, 'float32', seed);
    const standard = draw.dataSync() as Float32Array;
    draw.dispose();
    this.redrawing = false;
    this.callsSeen = this.calls;
    if (standard.every((z, i) => z === values[i])) return { distribution, scale: 1, shift: 0 };
    let low = 0;
    let high = 0;
    standard.forEach((z, i) => {
      if (z < standard[low]!) low = i;
      if (z > standard[high]!) high = i;
    });
    const slope = (values[high]! - values[low]!) / (standard[high]! - standard[low]!);
    const offset = values[high]! - slope * standard[high]!;
    const size = Math.abs(slope) + Math.abs(offset);
    const fits = (scale: number, shift: number, tolerance: number) => Number.isFinite(scale) && standard.every((z, i) => Math.abs(shift + scale * z - values[i]!) <= tolerance * size);
    // Of 32-bit values at most six digits are left; a parameter that somebody wrote has fewer, and is then known exactly.
    for (const [digits, tolerance] of [[1, exact], [2, exact], [3, exact], [4, exact], [5, exact], [6, 1e-5]] as const) {
      const scale = Number(slope.toPrecision(digits));
      const shift = Math.abs(offset) < 1e-6 * Math.abs(slope) ? 0 : Number(offset.toPrecision(digits));
      if (fits(scale, shift, tolerance)) return { distribution, scale, shift };
    }
    this.refusal ??= new CannotCompile(unknownParameters(shape));
    return undefined;
  }
}

/** Rounding of 32-bit values, with some deviations of a normal draw. */
const exact = 2 ** -20;

/** What is said where a draw does not tell its parameters: one number does not, nor do small numbers far from zero. */
export const unknownParameters = (shape: number[]): string =>
  `the parameters of a random tensor of shape [${shape.join()}] cannot be told from its values, or change from run to run; draw it with the standard ones and compute with it, as in tf.randomUniform([${shape.join()}]).mul(0.2).add(0.9)`;

/** The first half of the seed of a step's n-th random tensor; the second half is the step's number. */
export const randomKey = (seed: number, n: number): number => (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(n + 1, 0xc2b2ae35)) | 0;

/** Draws, eagerly, the values that the graph draws: for the step counter `step` and the key of `randomKey`. */
export function drawEagerly(random: Random, shape: number[], key: number, step: number): Float32Array {
  const backend = nativeBackend();
  const size = tf.tensor1d(shape, 'int32');
  const seed = tf.tensor1d([key, step], 'int32');
  const types = { T: 3, dtype: 1, Tseed: 3 };
  const attributes = Object.entries(types).map(([name, value]) => ({ name, type: 4, value }));
  const made = backend.binding.executeOp(statelessOp[random.distribution], attributes, [upload(backend, size), upload(backend, seed)], 1)[0]!;
  const values = backend.binding.tensorDataSync(made.id) as Float32Array;
  backend.binding.deleteTensor(made.id);
  tf.dispose([size, seed]);
  const { scale, shift } = random;
  return scale === 1 && shift === 0 ? values : values.map((u) => Math.fround(Math.fround(u * Math.fround(scale)) + Math.fround(shift)));
}
