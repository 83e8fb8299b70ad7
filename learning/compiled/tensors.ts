import * as tf from '@tensorflow/tfjs';
import { CannotCompile } from './errors';
import { dataType } from './native';

/** Tensors, nested in arrays and records as the caller likes: what a step takes and gives. */
export type Tensors = tf.Tensor | Tensors[] | { [key: string]: Tensors };

/** The tensors of a nest with their paths, in the order of the nest: `['batch', 'x']`. */
export function leaves(nest: Tensors, path: string[] = []): { path: string[]; tensor: tf.Tensor }[] {
  if (nest instanceof tf.Tensor) return [{ path, tensor: nest }];
  if (nest === null || typeof nest !== 'object') {
    const place = path.length ? ` at ${path.join('.')}` : '';
    throw new CannotCompile(`a step takes and gives tensors only; found ${nest === null ? 'null' : typeof nest}${place}`);
  }
  if (nest instanceof Promise) throw new CannotCompile('an asynchronous step cannot be compiled; make it synchronous, without awaiting values');
  return Object.entries(nest).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/** The same nest with other tensors in it. */
export function refill(nest: Tensors, tensors: readonly tf.Tensor[]): Tensors {
  let next = 0;
  const fill = (inner: Tensors): Tensors => {
    if (inner instanceof tf.Tensor) return tensors[next++]!;
    if (Array.isArray(inner)) return inner.map(fill);
    return Object.fromEntries(Object.entries(inner).map(([key, value]) => [key, fill(value)]));
  };
  return fill(nest);
}

/** What a tensor must have in common with another to take its place. */
export interface Spec {
  dtype: tf.DataType;
  shape: number[];
}
/** @throws CannotCompile where the type has no place in a graph */
export function specOf({ dtype, shape }: tf.Tensor): Spec {
  dataType(dtype);
  return { dtype, shape };
}
export const specKey = (specs: readonly Spec[]): string => specs.map((s) => `${s.dtype}[${s.shape.join()}]`).join(' ');
