import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CorruptArtifact } from '../contracts';

/** Numbers with a shape, in the main memory. */
export interface NamedArray {
  shape: number[];
  values: Float32Array | Float64Array | Int32Array | Uint8Array;
}
export type NamedArrays = Record<string, NamedArray>;

const dtypes = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array } as const;
type Dtype = keyof typeof dtypes;

const headerSchema = z.strictObject({
  format: z.literal(1),
  meta: z.record(z.string(), z.unknown()),
  tensors: z.array(
    z.strictObject({
      name: z.string(),
      shape: z.array(z.number().int().nonnegative()).max(16),
      dtype: z.enum(['float32', 'float64', 'int32', 'uint8']),
      /** Bytes from the start of the data. */
      offset: z.number().int().nonnegative(),
    }),
  ),
});

const magic = Buffer.from('CTTENS01');
const digestAt = magic.length;
const lengthAt = digestAt + 32;
const headerAt = lengthAt + 4;
const align = (n: number): number => Math.ceil(n / 8) * 8;

/**
 * Arrays and a few words about them as one file. Layout, little-endian:
 * `CTTENS01` · SHA-256 of all that follows (32 bytes) · length of the header (uint32) · header (JSON: `format`, `meta`,
 * and each tensor's name, shape, dtype and offset) · zeros up to a multiple of 8 · the tensors, each at a multiple of 8.
 *
 * @param meta JSON that belongs to the arrays
 * @example writeTensors({ step: 7 }, { w: { shape: [2], values: Float32Array.of(1, 2) } })
 */
export function writeTensors(meta: Record<string, unknown>, arrays: NamedArrays): Uint8Array {
  let offset = 0;
  const tensors = Object.entries(arrays).map(([name, { shape, values }]) => {
    const entry = { name, shape, dtype: dtypeOf(values), offset };
    offset = align(offset + values.byteLength);
    return entry;
  });
  const header = Buffer.from(JSON.stringify({ format: 1, meta, tensors }));
  const dataAt = align(headerAt + header.length);
  const file = Buffer.alloc(dataAt + offset);
  magic.copy(file);
  file.writeUInt32LE(header.length, lengthAt);
  header.copy(file, headerAt);
  Object.values(arrays).forEach(({ values }, i) => file.set(bytesOf(values), dataAt + tensors[i]!.offset));
  digest(file).copy(file, digestAt);
  return file;
}

/**
 * Reads what `writeTensors` wrote. The arrays are copies.
 *
 * @param what name of the file in error messages
 * @throws CorruptArtifact where the bytes are not whole, or are not such a file
 */
export function readTensors(bytes: Uint8Array, what: string): { meta: Record<string, unknown>; arrays: NamedArrays } {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bad = (found: string): CorruptArtifact => new CorruptArtifact(`${what}: ${found}; restore the file from its store`);
  if (file.length < headerAt || !file.subarray(0, magic.length).equals(magic)) throw bad('not a file of tensors');
  const [expected, found] = [file.subarray(digestAt, lengthAt).toString('hex'), digest(file).toString('hex')];
  if (found !== expected) throw bad(`expected sha256 ${expected}, found ${found}`);

  const length = file.readUInt32LE(lengthAt);
  const header = headerSchema.safeParse(parse(file.subarray(headerAt, headerAt + length).toString()));
  if (!header.success) throw bad('its header cannot be read');
  const dataAt = align(headerAt + length);
  const arrays: NamedArrays = {};
  for (const { name, shape, dtype, offset } of header.data.tensors) {
    const size = shape.reduce((product, n) => product * n, 1);
    const from = dataAt + offset;
    const to = from + size * dtypes[dtype].BYTES_PER_ELEMENT;
    if (Object.hasOwn(arrays, name) || to > file.length) throw bad(`tensor ${name} is there twice, or larger than the file`);
    arrays[name] = { shape, values: new dtypes[dtype](new Uint8Array(file.subarray(from, to)).buffer) };
  }
  return { meta: header.data.meta, arrays };
}

const digest = (file: Buffer): Buffer => createHash('sha256').update(file.subarray(lengthAt)).digest();
const bytesOf = (values: NamedArray['values']): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const dtypeOf = (values: NamedArray['values']): Dtype =>
  (Object.keys(dtypes) as Dtype[]).find((name) => values instanceof dtypes[name])!;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
