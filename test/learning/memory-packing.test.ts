import { CorruptArtifact } from '../../contracts';
import { loadBackend, Memory, Random, train, type NamedArrays } from '../../learning';
import { bytesOf, capacityFor, pack, unpack } from '../../learning/memory';
import { numbers, pipelineWith, tableOf } from './tables';

/** Images of a sort: runs of the same grey, as many bytes each, of various lengths. */
function images(rows: number, seed: number, width = 64): Float32Array {
  const random = new Random(seed, 'images');
  const x = new Float32Array(rows * width);
  for (let at = 0; at < x.length;) {
    const [run, grey] = [1 + random.below(20), random.below(4) === 0 ? random.below(256) : 0];
    x.fill(grey, at, (at += run));
  }
  return x;
}

test.each([
  ['whole numbers of 0..255', Float32Array.from([0, 255, 7, 128, 1, 2]), 1],
  ['numbers below 0', Float32Array.from([0, -1, 2, 3, 4, 5]), 4],
  ['fractions', Float32Array.from([0.5, 1e-30, 3e30, -2, 0, 1]), 4],
  ['numbers above 255', Float32Array.from([256, 0, 0, 0, 0, 0]), 4],
  ['what is not a number', Float32Array.from([NaN, Infinity, -Infinity, 0, 1, 2]), 4],
  ['nothing', new Float32Array(), 1],
])('%s come out as they went in', (_, values, width) => {
  const shape = [values.length / 3, 3];
  for (const compressed of [false, true]) expect(unpack('x', pack('x', { shape, values }, compressed))).toEqual({ shape, values });
  expect(bytesOf(pack('x', { shape, values }, false))).toBe(width * values.length);
});

test('images take far fewer bytes compressed', () => {
  const values = images(500, 1);
  expect(bytesOf(pack('x', { shape: [500, 64], values }, true))).toBeLessThan(0.35 * values.length);
});

test('there is nothing where nothing of that name is', () => {
  expect(unpack('x', pack('y', { shape: [1], values: Float32Array.of(1) }, true))).toBeNull();
});

test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
  ['cut off', (bytes) => bytes.subarray(0, bytes.length - 5)],
  ['empty', () => new Uint8Array()],
  ['of another kind', (bytes) => bytes.map((byte) => byte ^ 0x5a)],
  ['of more rows than it says', () => pack('x', { shape: [200, 64], values: images(200, 2) }, true)['x.brotli']!.values as Uint8Array],
  ['of fewer rows than it says', () => pack('x', { shape: [10, 64], values: images(10, 2) }, true)['x.brotli']!.values as Uint8Array],
])('a packing that is %s is refused', (_, change) => {
  const arrays = pack('x', { shape: [100, 64], values: images(100, 1) }, true);
  const values = change(arrays['x.brotli']!.values as Uint8Array);
  const broken: NamedArrays = { ...arrays, 'x.brotli': { shape: [values.length], values } };
  expect(() => unpack('x', broken)).toThrow(CorruptArtifact);
  expect(() => unpack('x', broken)).toThrow('memory.bin: x does not unpack to its 6400 bytes; restore the file from its store');
});

describe('a memory with a limit in bytes', () => {
  const labels = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, i) => (i * i) % 5);

  function filled(bytes: number, seed: number, logits: boolean): Memory {
    const options = { bytes, sampling: 'class-balanced' } as const;
    const [x, y] = [images(3000, seed), labels(3000)];
    const memory = new Memory(options, 64, 5, capacityFor(options, x, 64, logits ? 5 : 0));
    memory.offer({ x, y, ...(logits ? { kept: { logits: Float32Array.from({ length: 15_000 }, (_, i) => i / 7) } } : {}) }, seed);
    return memory;
  }

  test.each([[3000, 1, false], [7001, 2, true], [20_000, 3, false], [20_001, 4, true], [50_000, 5, true]])('keeps to %i bytes in all, and uses most of them', (limit, seed, logits) => {
    const arrays = filled(limit, seed, logits).arrays(seed);
    expect(bytesOf(arrays)).toBeLessThanOrEqual(limit);
    expect(bytesOf(arrays)).toBeGreaterThan(0.85 * limit);
  });

  test('lets go of rows of the largest classes, each with what is beside it', () => {
    const memory = filled(7001, 2, true);
    const whole = { x: memory.x.slice(), rows: memory.size };
    memory.arrays(1);
    expect(memory.size).toBeLessThan(whole.rows);
    const counts = [0, 1, 2, 3, 4].map((label) => memory.y.filter((other) => other === label).length).filter((count) => count > 0);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    const original = images(3000, 2);
    for (let place = 0; place < memory.size; place++) {
      const row = Math.round((memory.kept().logits!.values[place * 5]! * 7) / 5);
      expect(memory.x.slice(place * 64, place * 64 + 64)).toEqual(original.slice(row * 64, row * 64 + 64));
    }
  });

  test('goes on from its file, which says all that it needs', () => {
    const arrays = filled(20_001, 4, true).arrays(4);
    const restored = filled(20_001, 7, true);
    restored.restore(arrays, 4);
    expect(restored.arrays(4)).toEqual(arrays);
  });

  /** Trainings of 500 rows of 8 numbers, the first of which says which training it was. Gives how many rows of each are left in the end. */
  function left(sampling: 'class-balanced' | 'reservoir', limit: (training: number) => number, trainings: number, seed: number): { counts: number[]; memory: Memory } {
    const random = new Random(seed, 'stream');
    let arrays: NamedArrays | undefined;
    let memory!: Memory;
    for (let training = 0; training < trainings; training++) {
      const x = Float32Array.from({ length: 500 * 8 }, (_, i) => (i % 8 === 0 ? training : random.uniform()));
      const options = { bytes: limit(training), sampling };
      memory = new Memory(options, 8, 2, capacityFor(options, x, 8, 0));
      if (arrays) memory.restore(arrays, seed);
      memory.offer({ x, y: Int32Array.from({ length: 500 }, () => random.below(2)) }, seed);
      arrays = memory.arrays(seed);
    }
    const counts = Array.from({ length: trainings }, (_, training) => memory.x.filter((value, i) => i % 8 === 0 && value === training).length);
    return { counts, memory };
  }

  test.each(['class-balanced', 'reservoir'] as const)('keeps as many rows of the first training as of the last (%s)', (sampling) => {
    const [trainings, seeds] = [12, 10];
    const shares = new Float64Array(trainings);
    for (let seed = 1; seed <= seeds; seed++) {
      const { counts, memory } = left(sampling, () => 8000, trainings, seed);
      counts.forEach((count, training) => (shares[training]! += count / memory.size / seeds));
    }
    // Each is 1/12 with a standard error of about .006.
    shares.forEach((share) => expect(Math.abs(share - 1 / trainings)).toBeLessThan(0.025));
  });

  test('a limit that is raised makes room again, and one that is lowered takes it', () => {
    const sizeWith = (limit: (training: number) => number): number => left('reservoir', limit, 4, 1).memory.size;
    expect(sizeWith((training) => (training < 2 ? 4000 : 12_000))).toBeGreaterThan(2.5 * sizeWith(() => 4000));
    expect(sizeWith((training) => (training < 2 ? 12_000 : 4000))).toBeLessThanOrEqual(sizeWith(() => 4000));
  });

  test('a memory in which no row had room begins to keep rows once there is', () => {
    expect(left('reservoir', () => 60, 2, 1).memory.size).toBe(0);
    expect(left('reservoir', (training) => (training < 2 ? 60 : 12_000), 3, 1).memory.size).toBeGreaterThan(100);
  });

  test('a few rows that another strategy kept unpacked do not limit it', () => {
    const rows = { x: new Float32Array(500 * 8).map((_, i) => i), y: new Int32Array(500) };
    const few = new Memory({ rows: 10, sampling: 'reservoir' }, 8, 2, 10);
    few.offer(rows, 1);
    const packed = new Memory({ bytes: 12_000, sampling: 'reservoir' }, 8, 2, 400);
    packed.restore(few.arrays(1), 1);
    packed.offer(rows, 2);
    expect(packed.size).toBeGreaterThan(100);
  });

  test('loses no row while a training runs', () => {
    const memory = filled(7001, 2, true);
    const rows = memory.size;
    memory.arrays(null);
    expect(memory.size).toBe(rows);
  });

  test('holds nothing where not even a row fits', () => {
    expect(filled(60, 1, true).arrays(1).y!.shape).toEqual([0]);
  });
});

test('a limit in bytes that the counts of all classes would go over is refused, naming what they take', async () => {
  const backend = await loadBackend(['native'], { convolution: false });
  const table = (classes: number) => tableOf({ a: numbers(Array.from({ length: 240 }, (_, i) => i)), label: numbers(Array.from({ length: 240 }, (_, i) => i % classes)) });
  const training = (classes: number) => train({ pipeline: pipelineWith({ strategy: { name: 'packed-replay', bytes: 1000 }, scratchEpochs: 1 }), table: table(classes), parent: null, backend });
  await expect(training(119)).rejects.toThrow('learning.strategy packed-replay: bytes is 1000, but the counts of 119 classes alone take 1081; make it that, and more');
  expect(bytesOf((await training(109)).learner.strategy!.memory!)).toBeLessThanOrEqual(1000);
});
