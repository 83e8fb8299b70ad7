/** Writes Google's protocol buffers: just enough for a GraphDef. A message is the concatenation of its fields. */

export type Bytes = Buffer;

const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Base-128, lowest seven bits first. Negative numbers take ten bytes, as 64-bit two's complement. */
export function varint(value: number | bigint): Bytes {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

const tag = (field: number, type: number): Bytes => varint((field << 3) | type);

/** An integer, an enumeration or a truth value. */
export const integer = (field: number, value: number | bigint | boolean): Bytes =>
  Buffer.concat([tag(field, wire.varint), varint(typeof value === 'boolean' ? Number(value) : value)]);

/** A 32-bit floating-point number. */
export function float(field: number, value: number): Bytes {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(field, wire.fixed32), bytes]);
}

/** Raw bytes, a text, or an embedded message. */
export function bytes(field: number, value: Uint8Array | string): Bytes {
  const content = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([tag(field, wire.bytes), varint(content.length), content]);
}

/** An embedded message of the given fields. */
export const message = (field: number, ...fields: Bytes[]): Bytes => bytes(field, Buffer.concat(fields));

/** An entry of a map from texts to messages. */
export const entry = (field: number, key: string, ...value: Bytes[]): Bytes => message(field, bytes(1, key), message(2, ...value));
