import { bytes, entry, float, integer, message, varint, type Bytes } from './protobuf';
import { DataType, type OpAttribute, type Values } from './native';

/** A value of a node's attribute, written as TensorFlow's AttrValue. */
export type Attribute = Bytes;

const shapeProto = (shape: number[]): Bytes => Buffer.concat(shape.map((size) => message(2, integer(1, size))));

export const attribute = {
  text: (value: string): Attribute => bytes(2, value),
  integer: (value: number): Attribute => integer(3, value),
  integers: (values: number[]): Attribute => message(1, bytes(3, Buffer.concat(values.map(varint)))),
  float: (value: number): Attribute => float(4, value),
  floats: (values: number[]): Attribute => message(1, ...values.map((v) => float(4, v))),
  truth: (value: boolean): Attribute => integer(5, value),
  truths: (values: boolean[]): Attribute => message(1, ...values.map((v) => integer(5, v))),
  type: (value: number): Attribute => integer(6, value),
  shape: (value: number[]): Attribute => message(7, shapeProto(value)),
  tensor: (dtype: number, shape: number[], values: Values): Attribute => message(8, tensorProto(dtype, shape, values)),
};

/** One repeated value is written once: a mask of ones costs as much as a scalar. */
function tensorProto(dtype: number, shape: number[], values: Values): Bytes {
  const head = [integer(1, dtype), message(2, shapeProto(shape))];
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (dtype !== DataType.int64 && values.length > 1 && repeats(raw, values.BYTES_PER_ELEMENT)) {
    const first = values[0]!;
    if (dtype === DataType.float32 && !Number.isNaN(first)) return Buffer.concat([...head, float(5, first)]);
    if (dtype === DataType.int32) return Buffer.concat([...head, integer(7, first)]);
    if (dtype === DataType.bool) return Buffer.concat([...head, integer(11, first)]);
  }
  return Buffer.concat([...head, bytes(4, raw)]);
}

function repeats(raw: Uint8Array, width: number): boolean {
  for (let i = width; i < raw.length; i++) if (raw[i] !== raw[i - width]) return false;
  return true;
}

/** The attribute that an eager op was called with. The numbers are those of TF_AttrType. */
export function recordedAttribute({ name, type, value }: OpAttribute): Attribute {
  const list = Array.isArray(value);
  if (type === 0) return attribute.text(value as string);
  if (type === 1) return list ? attribute.integers(value as number[]) : attribute.integer(value as number);
  if (type === 2) return list ? attribute.floats(value as number[]) : attribute.float(value as number);
  if (type === 3) return list ? attribute.truths(value as boolean[]) : attribute.truth(value as boolean);
  if (type === 4) return attribute.type(value as number);
  if (type === 5) return attribute.shape(value as number[]);
  throw new Error(`attribute ${name} has the unknown type ${type}`);
}

export type Attributes = Record<string, Attribute>;

/** A TensorFlow graph in the making. Names are `prefix` and a number; a value is `name` (its first output) or `name:2`. */
export class Graph {
  private readonly nodes: Bytes[] = [];
  private readonly constants = new Map<string, string>();
  private count = 0;

  /** @param device where float variables and products are to be, as `/device:GPU:0`; default: TensorFlow chooses */
  constructor(private readonly device?: string) {}

  /** Adds a node and gives its name back. Inputs that begin with `^` only order the execution. */
  add(op: string, inputs: string[] = [], attributes: Attributes = {}, name = `n${this.count++}`): string {
    this.nodes.push(
      message(1, bytes(1, name), bytes(2, op), ...inputs.map((input) => bytes(3, input)),
        ...(this.device && bound(op, attributes) ? [bytes(4, this.device)] : []),
        ...Object.entries(attributes).map(([key, value]) => entry(5, key, value))),
    );
    return name;
  }

  /** A constant; an equal one with the same order constraints is shared. */
  constant(dtype: number, shape: number[], values: Values, after: string[] = []): string {
    const tensor = attribute.tensor(dtype, shape, values);
    const key = tensor.length < 256 ? `${after.join()}|${tensor.toString('latin1')}` : undefined;
    const known = key === undefined ? undefined : this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.add('Const', after, { dtype: attribute.type(dtype), value: tensor });
    if (key !== undefined) this.constants.set(key, name);
    return name;
  }

  /** A scalar constant. */
  scalar(dtype: 'int32' | 'float32', value: number, after: string[] = []): string {
    return this.constant(DataType[dtype], [], dtype === 'int32' ? Int32Array.of(value) : Float32Array.of(value), after);
  }

  /** A value that each call feeds. -1 stands for a size that may differ from call to call. */
  placeholder(name: string, dtype: number, shape: number[]): string {
    return this.add('Placeholder', [], { dtype: attribute.type(dtype), shape: attribute.shape(shape) }, name);
  }

  /** The GraphDef. */
  serialize(): Bytes {
    return Buffer.concat([...this.nodes, message(4, integer(1, graphVersion))]);
  }

  get size(): number {
    return this.nodes.length;
  }
}

const products = /^(MatMul|BatchMatMulV2|Conv2D|Conv2DBackpropInput|Conv2DBackpropFilter)$/;
/** Whether an op is to be on the graph's device. The rest follows these, but for what only a CPU can do. */
const bound = (op: string, { dtype }: Attributes): boolean =>
  products.test(op) || (op === 'VarHandleOp' && dtype!.equals(attribute.type(DataType.float32)));

/** The version of the graph format that the nodes follow: TensorFlow 2.9's, which every later one reads. */
const graphVersion = 1087;

/** Shape as a field of a TensorInfo. */
export const shapeField = (field: number, shape: number[]): Bytes => message(field, shapeProto(shape));
