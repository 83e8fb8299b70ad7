import * as tf from '@tensorflow/tfjs';
import { CannotCompile } from './errors';
import { nativeBackend, opScopes, upload, type Values } from './native';
import type { Random } from './trace';

const distributions: Record<string, Random['distribution']> = {
  randomUniform: 'uniform',
  randomNormal: 'normal',
  truncatedNormal: 'truncated normal',
};
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
    const kind = scopes.findLast((name) => name in distributions);
    if (this.redrawing || kind === undefined || dtype !== 'float32') return undefined;
    const fresh = this.calls > this.callsSeen;
    this.callsSeen = this.calls;
    if (scopes.includes('dropout')) return { distribution: 'uniform', scale: 1, shift: 0 };
    if (!fresh) return undefined;
    return this.fit(distributions[kind]!, values as Float32Array, shape);
  }

  private fit(distribution: Random['distribution'], values: Float32Array, shape: number[]): Random {
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
    const scale = round(slope, slope);
    const shift = round(values[high]! - slope * standard[high]!, slope);
    const fits = Number.isFinite(scale) && standard.every((z, i) => Math.abs(shift + scale * z - values[i]!) <= 1e-5 * (Math.abs(shift) + Math.abs(scale)));
    if (!fits) {
      throw new CannotCompile(`a random tensor of shape [${shape.join()}] is drawn in a way that is not known; use tf.randomUniform, tf.randomNormal or tf.truncatedNormal`);
    }
    return { distribution, scale, shift };
  }
}

/** Six digits: what is left of a parameter after a detour through 32-bit values. */
const round = (value: number, scale: number): number => (Math.abs(value) < 1e-6 * Math.abs(scale) ? 0 : Number(value.toPrecision(6)));

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
