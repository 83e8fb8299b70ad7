import { typeAttribute, type OpAttribute } from './native';
import { keyOf, type Node, type Op, type Ref, type Trace } from './trace';

const sums = ['Add', 'AddV2', 'AddN', 'Sub'];
const products = ['Mul', 'Div', 'RealDiv'];

/**
 * Keeps TensorFlow's optimizer (Grappler) from rewriting arithmetic in ways that round differently than tfjs's own
 * sequence of ops: it sums and multiplies chains in another order, draws common factors out, joins constants, divides by
 * multiplying with a reciprocal, and turns a / sqrt(b), log(1 + x), exp(x) - 1 and constant powers into ops of their own. Most
 * rewrites need to see two nodes at once; between the two goes an op that it does not look through. What it does to chains
 * of sums and products it does once: they bear its own mark of having been done, which costs no node.
 */
export function pin(trace: Trace): Trace {
  const nodes: Node[] = [];
  const moved: number[] = [];
  const now = ({ node, port }: Ref): Ref => ({ node: moved[node]!, port });
  const hide = (value: Ref): Ref => {
    const { scope, shapes, dtypes } = nodes[value.node]!;
    const shape = shapes[value.port]!;
    const dtype = dtypes[value.port]!;
    // An Identity in all but name: no copy, and Grappler keeps it.
    nodes.push({ kind: 'op', op: 'PlaceholderWithDefault', attributes: [typeAttribute('dtype', dtype), { name: 'shape', type: 5, value: shape }], inputs: [value], shapes: [shape], dtypes: [dtype], scope });
    return { node: nodes.length - 1, port: 0 };
  };
  trace.nodes.forEach((node, i) => {
    if (node.kind === 'op') {
      const inputs = node.inputs.map(now);
      const seen = inputs.map((ref) => nodes[ref.node]!);
      const hidden = toHide(node, inputs, seen);
      nodes.push({ ...node, attributes: [...node.attributes, ...tags(node)], inputs: inputs.map((ref, at) => (hidden.has(at) ? hide(ref) : ref)) });
    } else nodes.push(node);
    moved[i] = nodes.length - 1;
  });
  return { ...trace, nodes, outputs: trace.outputs.map(now), writes: trace.writes.map(({ variable, value }) => ({ variable, value: now(value) })) };
}

/** Grappler's marks of the nodes that these two of its stages have been through. */
function tags({ op }: Op): OpAttribute[] {
  const tag = (stage: string): OpAttribute => ({ name: `_grappler_ArithmeticOptimizer_${stage}`, type: 3, value: true });
  if (sums.includes(op)) return [tag('AddOpsRewriteStage'), tag('MinimizeBroadcasts')];
  return op === 'Mul' ? [tag('MinimizeBroadcasts')] : [];
}

/** Which inputs must not be seen together with the node. */
function toHide(node: Op, inputs: Ref[], seen: Node[]): Set<number> {
  const hidden = new Set<number>();
  const is = (at: number, ops: string[]): boolean => seen[at]?.kind === 'op' && ops.includes((seen[at] as Op).op);
  const constant = (n: Node | undefined): boolean => n?.kind === 'constant';
  if (sums.includes(node.op) && is(0, products) && is(1, products) && shareFactor(seen as [Op, Op])) hidden.add(1);
  for (const family of [sums, products].filter((ops) => ops.includes(node.op))) {
    inputs.forEach((_, at) => {
      if (constant(seen[1 - at]) && is(at, [...family, 'Neg'])) hidden.add(at);
    });
  }
  if (['Div', 'RealDiv'].includes(node.op) && (constant(seen[1]) || is(1, ['Sqrt']))) hidden.add(1);
  if (node.op === 'Pow' && constant(seen[1])) hidden.add(1);
  if (node.op === 'Log' && is(0, [...sums, 'Softmax'])) hidden.add(0);
  if (node.op === 'Sub' && is(0, ['Exp'])) hidden.add(0);
  return hidden;
}

function shareFactor([a, b]: [Op, Op]): boolean {
  const factors = new Set(a.inputs.map(keyOf));
  return b.inputs.some((ref) => factors.has(keyOf(ref)));
}
