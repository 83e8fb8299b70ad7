import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { CorruptArtifact } from '../../contracts';
import type { NamedArray, NamedArrays } from '../tensors-file';

/** At 6 of 11 MNIST's rows take 151 bytes and a tenth of the time of 9, which makes it 150. */
const brotli = { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_LGWIN]: 24 };

/**
 * Numbers in the fewest bytes that lose nothing: whole numbers of 0..255 (pixels) take one byte each, others stay float32.
 *
 * @param compressed pack the bytes further, with Brotli (RFC 7932); MNIST's rows of 784 bytes come down to about 150
 */
export function pack(name: string, { shape, values }: NamedArray, compressed: boolean): NamedArrays {
  const small = values.every((value) => value >= 0 && value <= 255 && Number.isInteger(value));
  const plain = small ? Uint8Array.from(values) : values;
  if (!compressed) return { [name]: { shape, values: plain } };
  const bytes = new Uint8Array(brotliCompressSync(new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength), { params: brotli }));
  return {
    [`${name}.brotli`]: { shape: [bytes.length], values: bytes },
    [`${name}.shape`]: { shape: [shape.length], values: Int32Array.from(shape) },
    [`${name}.width`]: { shape: [], values: Uint8Array.of(small ? 1 : 4) },
  };
}

/** What `pack` was given, as float32; null where there is none of that name. Throws CorruptArtifact for bytes that are not whole. */
export function unpack(name: string, arrays: NamedArrays): { shape: number[]; values: Float32Array } | null {
  const plain = arrays[name];
  if (plain) return { shape: plain.shape, values: plain.values instanceof Float32Array ? plain.values : Float32Array.from(plain.values) };
  const [bytes, shape, width] = [arrays[`${name}.brotli`], arrays[`${name}.shape`], arrays[`${name}.width`]];
  if (!bytes || !shape || !width) return null;
  const size = [...shape.values].reduce((product, n) => product * n, 1) * width.values[0]!;
  const unpacked = decompress(name, bytes.values as Uint8Array, size);
  const values = width.values[0] === 1 ? Float32Array.from(unpacked) : new Float32Array(unpacked.buffer, unpacked.byteOffset, unpacked.byteLength / 4).slice();
  return { shape: [...shape.values], values };
}

function decompress(name: string, bytes: Uint8Array, size: number): Uint8Array {
  try {
    const unpacked = Uint8Array.from(brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, size) }));
    if (unpacked.length === size) return unpacked;
  } catch {
    // Said below.
  }
  throw new CorruptArtifact(`memory.bin: ${name} does not unpack to its ${size} bytes; restore the file from its store`);
}

/** Bytes of all values. */
export const bytesOf = (arrays: NamedArrays): number => Object.values(arrays).reduce((sum, { values }) => sum + values.byteLength, 0);
