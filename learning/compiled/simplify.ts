import { Gradients } from './gradients';
import { DataType, typeAttribute, type OpAttribute } from './native';
import type { Node, Op, Ref, Trace } from './trace';

/**
 * Rewrites that change the number of nodes but no bit of a result: tfjs reaches TensorFlow's ops by detours, and
 * TensorFlow's own optimizer does not see through them.
 */
export function simplify(trace: Trace): Trace {
  const rewriter = new Rewriter();
  trace.nodes.forEach((node, i) => rewriter.take(node, i));
  return {
    ...trace,
    nodes: rewriter.nodes,
    outputs: trace.outputs.map((ref) => rewriter.now(ref)),
    writes: trace.writes.map(({ variable, value }) => ({ variable, value: rewriter.now(value) })),
  };
}

/** Zeros kept in a graph, 1 MB at most. */
const largestZeros = 2 ** 18;

class Rewriter {
  readonly nodes: Node[] = [];
  private readonly gradients = new Gradients(this.nodes);
  /** Where the value of each old node's ports is now. */
  private readonly moved = new Map<number, Ref>();
  /** Zeros, by their shape. */
  private readonly zeroes = new Map<string, Ref>();

  now({ node, port }: Ref): Ref {
    const base = this.moved.get(node)!;
    return port === 0 ? base : { node: base.node, port };
  }

  take(node: Node, index: number): void {
    this.moved.set(index, node.kind === 'op' ? this.rewrite({ ...node, inputs: node.inputs.map((ref) => this.now(ref)) }) : this.add(node));
  }

  private add(node: Node): Ref {
    this.nodes.push(node);
    return { node: this.nodes.length - 1, port: 0 };
  }

  private rewrite(recorded: Op): Ref {
    const node = trueTypes(recorded, (ref) => this.dtype(ref));
    if (node.op === 'Cast' && attributeOf(node, 'SrcT') === attributeOf(node, 'DstT')) return node.inputs[0]!;
    if (node.op === 'Reshape' || node.op === 'ExpandDims') return this.reshape(node.inputs[0]!, node.shapes[0]!, node);
    if (node.op === 'BatchMatMulV2') return this.matMul(node) ?? this.add(node);
    if (node.op === 'ZerosLike') return this.zeros(node) ?? this.add(node);
    const shorter = this.gradients.shorter(node) ?? node;
    const result = this.add(shorter);
    this.gradients.note(shorter, result);
    return result;
  }

  private op(ref: Ref, name: string): Op | undefined {
    const node = this.nodes[ref.node]!;
    return ref.port === 0 && node.kind === 'op' && node.op === name ? node : undefined;
  }

  private shape({ node, port }: Ref): number[] {
    return this.nodes[node]!.shapes[port]!;
  }

  private dtype({ node, port }: Ref): number {
    return this.nodes[node]!.dtypes[port]!;
  }

  /** Reshapes once where tfjs reshapes twice, and not at all to the shape that is there. */
  private reshape(value: Ref, shape: number[], like: Node): Ref {
    let source = value;
    for (let inner = this.op(source, 'Reshape'); inner; inner = this.op(source, 'Reshape')) source = inner.inputs[0]!;
    if (String(this.shape(source)) === String(shape)) return source;
    const { scope } = like;
    const size = this.add({ kind: 'constant', values: Int32Array.from(shape), shapes: [[shape.length]], dtypes: [DataType.int32], scope });
    const dtype = this.dtype(source);
    const attributes = [typeAttribute('T', dtype), typeAttribute('Tshape', DataType.int32)];
    return this.add({ kind: 'op', op: 'Reshape', attributes, inputs: [source, size], shapes: [shape], dtypes: [dtype], scope });
  }

  /** A batch of one product, or a product of plain matrices, is a MatMul: the kernel that TensorFlow knows best. */
  private matMul(node: Op): Ref | undefined {
    const [a, b] = node.inputs as [Ref, Ref];
    const single = (ref: Ref) => this.shape(ref).slice(0, -2).every((size) => size === 1);
    if (!single(a) || !single(b)) return undefined;
    const flat = (ref: Ref) => this.reshape(ref, this.shape(ref).slice(-2), node);
    const product = this.add({ ...node, op: 'MatMul', attributes: transposes(node), inputs: [flat(a), flat(b)], shapes: [node.shapes[0]!.slice(-2)] });
    return this.reshape(product, node.shapes[0]!, node);
  }

  /** Zeros of a known shape are a constant, and one for all that have it. */
  private zeros({ shapes, dtypes, scope }: Op): Ref | undefined {
    const size = shapes[0]!.reduce((a, b) => a * b, 1);
    if (dtypes[0] !== DataType.float32 || size > largestZeros) return undefined;
    const known = this.zeroes.get(String(shapes));
    if (known) return known;
    const zeros = this.add({ kind: 'constant', values: new Float32Array(size), shapes, dtypes, scope });
    this.zeroes.set(String(shapes), zeros);
    return zeros;
  }
}

/** A product of plain matrices as a MatMul, for any number of rows. */
export function plainMatMul(node: Op, ranks: number[]): Op {
  if (node.op !== 'BatchMatMulV2' || ranks.some((rank) => rank !== 2)) return node;
  return { ...node, op: 'MatMul', attributes: transposes(node) };
}

const transposes = (node: Op): OpAttribute[] =>
  node.attributes.map((a) => ({ ...a, name: a.name === 'adj_x' ? 'transpose_a' : a.name === 'adj_y' ? 'transpose_b' : a.name }));

/** The type that the op really takes: in a reduction tfjs names that of the tensor before its own cast. */
export function trueTypes(node: Op, dtype: (ref: Ref) => number): Op {
  if (!reductions.has(node.op)) return node;
  return { ...node, attributes: node.attributes.map((a) => (a.name === 'T' ? { ...a, value: dtype(node.inputs[0]!) } : a)) };
}

const reductions = new Set(['Mean', 'Sum', 'Prod', 'Max', 'Min']);

const attributeOf = (node: Op, name: string): unknown => node.attributes.find((a) => a.name === name)?.value;
