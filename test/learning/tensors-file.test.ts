import { CorruptArtifact } from '../../contracts';
import { readTensors, writeTensors } from '../../learning';

const arrays = {
  w: { shape: [2, 2], values: Float32Array.of(1.5, -0, NaN, 1e-40) },
  exact: { shape: [1], values: Float64Array.of(0.1) },
  y: { shape: [3], values: Int32Array.of(-1, 0, 2 ** 31 - 1) },
  flags: { shape: [3], values: Uint8Array.of(0, 1, 255) },
  empty: { shape: [0, 4], values: new Float32Array() },
};

test('arrays and words come back bit by bit', () => {
  const { meta, arrays: read } = readTensors(writeTensors({ step: 7, name: 'adam' }, arrays), 'test');
  expect(meta).toEqual({ step: 7, name: 'adam' });
  expect(read).toEqual(arrays);
  expect(Object.is(read.w!.values[1], -0)).toBe(true);
});

test('the same arrays give the same bytes', () => {
  expect(writeTensors({ a: 1 }, arrays)).toEqual(writeTensors({ a: 1 }, arrays));
});

test('a file that was torn or changed anywhere is refused with both digests', () => {
  const whole = writeTensors({ step: 7 }, arrays);
  for (const position of [45, 60, whole.length - 1]) {
    const changed = Uint8Array.from(whole);
    changed[position]! ^= 1;
    expect(() => readTensors(changed, 'optimizer.bin')).toThrow(/optimizer.bin: expected sha256 [0-9a-f]{64}, found [0-9a-f]{64}/);
  }
  expect(() => readTensors(whole.subarray(0, whole.length - 8), 'optimizer.bin')).toThrow(CorruptArtifact);
  expect(() => readTensors(new Uint8Array(3), 'optimizer.bin')).toThrow('not a file of tensors');
});
