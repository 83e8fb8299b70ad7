import { encoded, mixed, padded, permuted, rotated, straight, type Images, type Part } from '../../bench/forgetting/images';
import { protocols } from '../../bench/forgetting/protocols';
import { summarise } from '../../bench/forgetting/summary';
import type { Kept } from '../../bench/forgetting/kept';
import { Random } from '../../learning';

const side = 28;
/** Images whose every pixel is another number than its neighbours'. */
const images: Images = {
  pixels: Uint8Array.from({ length: 3 * side * side }, (_, i) => (i * 37 + 11) % 251),
  digits: Uint8Array.from([4, 7, 4]),
};
const part = (pixels = straight(), rows = [0, 1, 2]): Part => ({ images, pixels, classOf: [0, 0, 0, 0, 5, 0, 0, 6, 0, 0], rows: Int32Array.from(rows) });
const pixel = (row: number, x: number, y: number): number => images.pixels[row * side * side + y * side + x]!;

test('rows come as bytes, with the class that their digit has in the stream', () => {
  const { encoded: x, y } = encoded(part(straight(), [2, 1]));
  expect([...y]).toEqual([5, 6]);
  expect([...x.subarray(side * side)]).toEqual([...images.pixels.subarray(side * side, 2 * side * side)]);
});

test('a quarter turn goes counter-clockwise, and no pixel is lost', () => {
  const { encoded: x } = encoded(part(rotated(90), [0]));
  // What was at the right edge is at the top.
  expect([0, 5, 27].map((column) => x[column])).toEqual([0, 5, 27].map((column) => pixel(0, 27, column)));
  expect([...x].sort()).toEqual([...images.pixels.subarray(0, side * side)].sort());
});

test('a turn by an eighth leaves the corners black and the middle where it is', () => {
  const turned = rotated(45);
  expect([0, 27, 27 * side, 27 * side + 27].map((i) => turned[i])).toEqual([-1, -1, -1, -1]);
  expect(Math.abs(turned[14 * side + 14]! - (14 * side + 14))).toBeLessThanOrEqual(side + 1);
});

test('a frame puts two black pixels around, a permutation keeps each pixel once', () => {
  const framed = encoded(part(padded(32), [1])).encoded;
  expect(framed.length).toBe(1024);
  expect([framed[0], framed[33], framed[2 * 32 + 2], framed[29 * 32 + 29]]).toEqual([0, 0, pixel(1, 0, 0), pixel(1, 27, 27)]);
  expect([...permuted(new Random(1))].sort((a, b) => a - b)).toEqual([...straight()]);
});

test('mixed portions hold each row of each task once', () => {
  const portions = [...mixed([part(), part(rotated(90))], new Random(1))];
  expect(portions.map(({ y }) => y.length)).toEqual([3, 3]);
  const rows = (x: Float32Array): string[] => Array.from({ length: x.length / 784 }, (_, i) => x.subarray(i * 784, (i + 1) * 784).join());
  const given = [part(), part(rotated(90))].flatMap((one) => rows(encoded(one).encoded));
  expect(portions.flatMap(({ encoded: x }) => rows(x)).sort()).toEqual(given.sort());
});

test('every protocol is run between its two bounds', () => {
  for (const { name, methods, apart } of protocols) {
    if (!apart) expect([name, methods[0]!.name, methods.at(-1)!.name]).toEqual([name, 'none', 'joint']);
    expect(new Set(methods.map((method) => method.name)).size).toBe(methods.length);
  }
});

test('the default is held against the best method that carries no more than it may, to a hundredth, and figures against what is asked', () => {
  const protocol = protocols.find(({ name }) => name === 'rotated-mnist')!;
  const run = (method: string, accuracy: number, carried: number): Kept => ({ protocol: protocol.name, method, seed: 1, digest: '', accuracy, carried, matrix: null, seconds: 1, training: 1, forms: ['graph'] });
  const found = summarise(protocol, protocol.methods, [run('none', 0.6, 0), run('replay 200', 0.8452, 100), run('DER++ 200', 0.8992, 166_000), run('DER++ 500', 0.95, 170_000), run('default 165 kB', 0.893, 164_000)]);
  const verdict = (method: string) => found.find((summary) => summary.method === method)!;
  expect([verdict('replay 200').reached, verdict('DER++ 200').reached, verdict('DER++ 500').reached]).toEqual([true, false, true]);
  expect(verdict('default 165 kB')).toMatchObject({ reference: 0.8992, source: 'here: DER++ 200', reached: false });
});
