import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../learning';
import { mnistFolder } from '../training/mnist';

/** Images of 28 × 28 pixels, one byte each, and the digits that they show. */
export interface Images {
  pixels: Uint8Array;
  digits: Uint8Array;
}

/** Where a pixel comes from: of each pixel of a row, its number in the image, or -1 for black. */
export type Arrangement = Int32Array;

/** Some images, as one task shows them. */
export interface Part {
  images: Images;
  rows: Int32Array;
  pixels: Arrangement;
  /** The class of each digit. */
  classOf: number[];
}

const side = 28;
const size = side * side;
/** Rows at the end of the training set that a choice of hyper-parameters is judged on. */
const heldOut = 10_000;

let read: { train: Images; test: Images } | undefined;

/** MNIST. Where hyper-parameters are chosen, its test set is not touched: the last 10,000 training rows stand in for it. */
export function mnist(tuning: boolean): { train: Images; test: Images } {
  read ??= { train: load('train'), test: load('t10k') };
  if (!tuning) return read;
  const { pixels, digits } = read.train;
  const cut = digits.length - heldOut;
  return {
    train: { pixels: pixels.subarray(0, cut * size), digits: digits.subarray(0, cut) },
    test: { pixels: pixels.subarray(cut * size), digits: digits.subarray(cut) },
  };
}

function load(name: string): Images {
  const file = (kind: string): Buffer => readFileSync(join(mnistFolder(), `${name}-${kind}`));
  return { pixels: file('images-idx3-ubyte').subarray(16), digits: file('labels-idx1-ubyte').subarray(8) };
}

/** Pixels where they are. */
export const straight = (): Arrangement => Int32Array.from({ length: size }, (_, i) => i);

/** In the middle of a larger black square. */
export function padded(to: number): Arrangement {
  const edge = (to - side) / 2;
  return Int32Array.from({ length: to * to }, (_, i) => {
    const [x, y] = [(i % to) - edge, Math.floor(i / to) - edge];
    return x >= 0 && x < side && y >= 0 && y < side ? y * side + x : -1;
  });
}

export const permuted = (random: Random): Arrangement => random.permutation(size);

/** Turned counter-clockwise about the middle; each pixel takes the value of the nearest one, as Pillow's `rotate` does. */
export function rotated(degrees: number): Arrangement {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return Int32Array.from({ length: size }, (_, i) => {
    const [dx, dy] = [(i % side) + 0.5 - side / 2, Math.floor(i / side) + 0.5 - side / 2];
    const [x, y] = [Math.floor(cos * dx - sin * dy + side / 2), Math.floor(sin * dx + cos * dy + side / 2)];
    return x >= 0 && x < side && y >= 0 && y < side ? y * side + x : -1;
  });
}

/** Rows as a model's features take them: float32 [rows, pixels] of 0..255, and their classes. */
export function encoded(...parts: Part[]): { encoded: Float32Array; y: Int32Array } {
  return picked(parts, parts.flatMap((part) => Array.from(part.rows, (row) => [part, row] as const)));
}

/** All rows of some parts in random order, in as many portions of one size as there are parts; no more than one is in memory. */
export function* mixed(parts: Part[], random: Random): Generator<{ encoded: Float32Array; y: Int32Array }> {
  const ends = parts.reduce<number[]>((sums, { rows }) => [...sums, (sums.at(-1) ?? 0) + rows.length], []);
  const order = random.permutation(ends.at(-1)!);
  const portion = Math.ceil(order.length / parts.length);
  for (let from = 0; from < order.length; from += portion) {
    yield picked(parts, Array.from(order.subarray(from, from + portion), (place) => {
      const i = ends.findIndex((end) => place < end);
      return [parts[i]!, parts[i]!.rows[place - (ends[i - 1] ?? 0)]!] as const;
    }));
  }
}

function picked(parts: Part[], chosen: (readonly [Part, number])[]): { encoded: Float32Array; y: Int32Array } {
  const width = parts[0]!.pixels.length;
  const rows = { encoded: new Float32Array(chosen.length * width), y: new Int32Array(chosen.length) };
  chosen.forEach(([{ images, pixels, classOf }, row], i) => {
    rows.y[i] = classOf[images.digits[row]!]!;
    for (let k = 0; k < width; k++) {
      const from = pixels[k]!;
      if (from >= 0) rows.encoded[i * width + k] = images.pixels[row * size + from]!;
    }
  });
  return rows;
}
