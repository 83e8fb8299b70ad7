import { CannotCompile } from './errors';
import { DataType } from './native';
import { plainMatMul, trueTypes } from './simplify';
import type { Node, Size, Trace } from './trace';

type Constant = Extract<Node, { kind: 'constant' }>;

/**
 * One trace for any number of rows, out of two with `few` and `many` rows. A shape that tfjs wrote down as a constant
 * is `k · rows` where it was `k · few` and then `k · many`.
 *
 * @throws CannotCompile where a value depends on the number of rows in another way
 */
export function forAnyRows(a: Trace, b: Trace, few: number, many: number): Trace {
  if (a.nodes.length !== b.nodes.length) throw new CannotCompile('the model takes other steps for another number of rows');
  const nodes = a.nodes.map((node, i): Node => {
    const other = b.nodes[i]!;
    const shapes = node.shapes.map((shape, port) => shape.map((size, d) => (size === other.shapes[port]?.[d] ? size : -1)));
    if (node.kind === 'constant' && other.kind === 'constant') return constantForAnyRows(node, other, few, many);
    if (node.kind === 'op' && other.kind === 'op' && node.op === other.op) {
      const typed = trueTypes(node, ({ node: at, port }) => a.nodes[at]!.dtypes[port]!);
      return { ...plainMatMul(typed, node.inputs.map(({ node: at, port }) => a.nodes[at]!.shapes[port]!.length)), shapes };
    }
    if (node.kind !== other.kind) throw new CannotCompile('the model takes other steps for another number of rows');
    return { ...node, shapes };
  });
  return { ...a, nodes };
}

function constantForAnyRows(a: Constant, b: Constant, few: number, many: number): Node {
  const sameShape = String(a.shapes) === String(b.shapes);
  if (sameShape && a.values.every((v, i) => Object.is(v, b.values[i]))) return a;
  const size = (x: number, y: number): Size => {
    if (x === y) return { fixed: x };
    if (x % few === 0 && y === (x / few) * many) return { perRow: x / few };
    throw new CannotCompile(`a size of the model is ${x} for ${few} rows and ${y} for ${many}: it does not follow the number of rows`);
  };
  const common = { scope: a.scope, dtypes: a.dtypes };
  if (sameShape && a.dtypes[0] === DataType.int32) {
    return { ...common, kind: 'sizes', shapes: a.shapes, sizes: [...a.values].map((x, i) => size(x, b.values[i]!)) };
  }
  const fill = a.values[0]!;
  if (!sameShape && a.values.every((v) => v === fill) && b.values.every((v) => v === fill)) {
    const sizes = a.shapes[0]!.map((x, d) => size(x, b.shapes[0]![d]!));
    return { ...common, kind: 'sizes', shapes: [a.shapes[0]!.map((x, d) => (x === b.shapes[0]![d] ? x : -1))], sizes, fill };
  }
  throw new CannotCompile(`a constant of the model, shape [${a.shapes[0]!.join()}], depends on the number of rows`);
}
