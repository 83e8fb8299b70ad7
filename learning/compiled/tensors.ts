import * as tf from '@tensorflow/tfjs';
import { CannotCompile } from './errors';
import { dataType } from './native';

/** Tensors, nested in arrays and records as the caller likes: what a step takes and gives. */
export type Tensors = tf.Tensor | Tensors[] | { [key: string]: Tensors };

/** A tensor of a nest and its path: `['batch', 'x']`. */
export interface Leaf {
  path: string[];
  tensor: tf.Tensor;
}

/** Records go by the order of their names: `{ y, x }` means what `{ x, y }` means. */
const entriesOf = (nest: Tensors[] | { [key: string]: Tensors }): [string, Tensors][] =>
  Array.isArray(nest) ? Object.entries(nest) : Object.entries(nest).sort(([a], [b]) => (a < b ? -1 : 1));

/** The tensors of a nest, lists in their order and records by name. */
export function leaves(nest: Tensors, path: string[] = []): Leaf[] {
  if (nest instanceof tf.Tensor) return [{ path, tensor: nest }];
  if (nest === null || typeof nest !== 'object') {
    const place = path.length ? ` at ${path.join('.')}` : '';
    throw new CannotCompile(`a step takes and gives tensors only; found ${nest === null ? 'null' : typeof nest}${place}`);
  }
  if (nest instanceof Promise) throw new CannotCompile('an asynchronous step cannot be compiled; make it synchronous, without awaiting values');
  return entriesOf(nest).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/** The same nest with other tensors in it, given in the order of `leaves`. */
export function refill(nest: Tensors, tensors: readonly tf.Tensor[]): Tensors {
  let next = 0;
  const fill = (inner: Tensors): Tensors => {
    if (inner instanceof tf.Tensor) return tensors[next++]!;
    if (Array.isArray(inner)) return inner.map(fill);
    return { ...inner, ...Object.fromEntries(entriesOf(inner).map(([key, value]) => [key, fill(value)])) };
  };
  return fill(nest);
}

/** What a tensor must have in common with another to take its place. */
export interface Spec {
  name: string;
  dtype: tf.DataType;
  shape: number[];
}
/** @throws CannotCompile where the type has no place in a graph */
export function specOf({ path, tensor: { dtype, shape } }: Leaf): Spec {
  dataType(dtype);
  return { name: path.join('.'), dtype, shape };
}
export const typeKey = ({ dtype, shape }: Pick<Spec, 'dtype' | 'shape'>): string => `${dtype}[${shape.join()}]`;
export const specKey = (specs: readonly Spec[]): string => specs.map((spec) => `${spec.name} ${typeKey(spec)}`).join(', ');
