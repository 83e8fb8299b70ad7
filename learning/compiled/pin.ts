import { typeAttribute } from './simplify';
import type { Node, Ref, Trace } from './trace';

type Op = Extract<Node, { kind: 'op' }>;

const sums = ['Add', 'AddV2', 'AddN', 'Sub'];
const products = ['Mul', 'Div', 'RealDiv'];

/**
 * Keeps TensorFlow's optimizer (Grappler) from rewriting arithmetic in ways that round differently than tfjs's own
 * sequence of ops: it sums and multiplies chains in another order, draws common factors out, joins constants, divides by
 * multiplying with a reciprocal, and turns a / sqrt(b), log(1 + x), exp(x) - 1 and constant powers into ops of their own. Each
 * rewrite needs to see two nodes at once; between the two goes an op that it does not look through.
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
      const hidden = toHide(node, inputs, seen, nodes);
      nodes.push({ ...node, inputs: inputs.map((ref, at) => (hidden.has(at) ? hide(ref) : ref)) });
    } else nodes.push(node);
    moved[i] = nodes.length - 1;
  });
  return { ...trace, nodes, outputs: trace.outputs.map(now), writes: trace.writes.map(({ variable, value }) => ({ variable, value: now(value) })) };
}

/** Which inputs must not be seen together with the node. */
function toHide(node: Op, inputs: Ref[], seen: Node[], nodes: Node[]): Set<number> {
  const hidden = new Set<number>();
  const is = (at: number, ops: string[]): boolean => seen[at]?.kind === 'op' && ops.includes((seen[at] as Op).op);
  const constant = (n: Node | undefined): boolean => n?.kind === 'constant';
  const arithmetic = [...sums, ...products];
  if (sums.includes(node.op)) {
    inputs.forEach((_, at) => is(at, sums) && hidden.add(at));
    if (is(0, products) && is(1, products) && shareFactor(seen as [Op, Op])) hidden.add(1);
  }
  if (node.op === 'Mul') inputs.forEach((_, at) => is(at, ['Mul']) && hidden.add(at));
  if (arithmetic.includes(node.op)) {
    inputs.forEach((_, at) => {
      const joins = constant(seen[1 - at]) && is(at, [...arithmetic, 'Neg']) && (seen[at] as Op).inputs.some((ref) => constant(nodes[ref.node]));
      if (joins) hidden.add(at);
    });
  }
  if (['Div', 'RealDiv'].includes(node.op) && (constant(seen[1]) || is(1, ['Sqrt']))) hidden.add(1);
  if (node.op === 'Pow' && constant(seen[1])) hidden.add(1);
  if (node.op === 'Log' && is(0, [...sums, 'Softmax'])) hidden.add(0);
  if (node.op === 'Sub' && is(0, ['Exp'])) hidden.add(0);
  return hidden;
}

function shareFactor([a, b]: [Op, Op]): boolean {
  const factors = new Set(a.inputs.map(({ node, port }) => `${node}:${port}`));
  return b.inputs.some(({ node, port }) => factors.has(`${node}:${port}`));
}
