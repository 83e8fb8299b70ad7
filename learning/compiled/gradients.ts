import { DataType, typeAttribute } from './native';
import { keyOf, type Node, type Op, type Ref } from './trace';

/**
 * The gradients that tfjs composes of several ops, as fewer ops with the same bits. (That of relu differs from tfjs's
 * where its input is NaN: it passes nothing on.)
 */
export class Gradients {
  /** What the forward pass computed of a value. */
  private readonly relus = new Map<string, Ref>();
  private readonly clips = new Map<string, Ref>();

  /** @param nodes those written so far; the list grows */
  constructor(private readonly nodes: readonly Node[]) {}

  /** Takes note of a value that a gradient may go by. */
  note(node: Op, result: Ref): void {
    if (node.op === 'Relu') this.relus.set(keyOf(node.inputs[0]!), result);
    const below = node.op === 'Maximum' ? this.op(node.inputs[0]!, 'Minimum') : undefined;
    const [low, high] = [this.number(node.inputs[1]), this.number(below?.inputs[1])];
    if (below && low !== undefined && high !== undefined && low <= high) this.clips.set(clipKey(below.inputs[0]!, low, high), result);
  }

  /** The op that gives the same in fewer. */
  shorter(node: Op): Op | undefined {
    if (node.op === 'Mul') return this.relu(node) ?? this.tanh(node);
    return node.op === 'LogicalAnd' ? this.clip(node) : undefined;
  }

  /** tfjs: dy · (isNaN(x) ? x : x > 0 ? 1 : 0). */
  private relu(node: Op): Op | undefined {
    const [dy, step] = node.inputs as [Ref, Ref];
    const outer = this.op(step, 'Select');
    const nan = outer && this.op(outer.inputs[0]!, 'IsNan');
    const inner = outer && this.op(outer.inputs[2]!, 'Select');
    const positive = inner && this.op(inner.inputs[0]!, 'Greater');
    if (!nan || !positive) return undefined;
    const x = nan.inputs[0]!;
    const same = [outer.inputs[1]!, positive.inputs[0]!].every((ref) => keyOf(ref) === keyOf(x));
    if (!same || !this.filled(positive.inputs[1]!, 0) || !this.filled(inner.inputs[1]!, 1) || !this.filled(inner.inputs[2]!, 0)) return undefined;
    return this.sameShape(dy, x) ? { ...node, op: 'ReluGrad', attributes: float, inputs: [dy, this.relus.get(keyOf(x)) ?? x] } : undefined;
  }

  /** tfjs: (1 - y²) · dy. */
  private tanh(node: Op): Op | undefined {
    const [slope, dy] = node.inputs as [Ref, Ref];
    const difference = this.op(slope, 'Sub');
    const square = difference && this.op(difference.inputs[1]!, 'Square');
    if (!square || this.number(difference.inputs[0]) !== 1) return undefined;
    const y = square.inputs[0]!;
    return this.sameShape(dy, y) ? { ...node, op: 'TanhGrad', attributes: float, inputs: [y, dy] } : undefined;
  }

  /** tfjs: low ≤ x and x ≤ high. Just there the clipped value is the value. */
  private clip(node: Op): Op | undefined {
    const above = this.op(node.inputs[0]!, 'GreaterEqual');
    const below = this.op(node.inputs[1]!, 'LessEqual');
    const x = above?.inputs[0];
    if (!below || !x || keyOf(x) !== keyOf(below.inputs[0]!)) return undefined;
    const clipped = this.clips.get(clipKey(x, this.number(above.inputs[1]), this.number(below.inputs[1])));
    return clipped && this.sameShape(clipped, x) ? { ...node, op: 'Equal', attributes: float, inputs: [x, clipped] } : undefined;
  }

  private op(ref: Ref, name: string): Op | undefined {
    const node = this.nodes[ref.node]!;
    return ref.port === 0 && node.kind === 'op' && node.op === name ? node : undefined;
  }

  private sameShape(a: Ref, b: Ref): boolean {
    const shape = ({ node, port }: Ref): string => String(this.nodes[node]!.shapes[port]);
    return shape(a) === shape(b);
  }

  /** The value of a constant of one float. */
  private number(ref: Ref | undefined): number | undefined {
    const node = ref && this.nodes[ref.node];
    return node?.kind === 'constant' && node.dtypes[0] === DataType.float32 && node.values.length === 1 ? node.values[0] : undefined;
  }

  private filled(ref: Ref, value: number): boolean {
    const node = this.nodes[ref.node]!;
    return node.kind === 'constant' && node.values.every((v) => v === value);
  }
}

const float = [typeAttribute('T', DataType.float32)];
const clipKey = (x: Ref, low?: number, high?: number): string => `${keyOf(x)} ${low} ${high}`;
