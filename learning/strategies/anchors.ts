import * as tf from '@tensorflow/tfjs';
import type { ByWeight, Session } from './strategy';

// What the strategies share that hold weights near the champion's.

type Held = Pick<Session, 'weights' | 'state'>;

/** Whether the lineage has learned from rows before this training: else there is nothing to hold on to. */
export const hasPast = ({ seen }: Pick<Session, 'seen'>): boolean => seen.some((rows) => rows > 0);

/**
 * The tensors `<what>/<weight>` of the session's state, one for each trained weight, of its shape. What is missing is
 * made: of zeros, unless `make` says otherwise. A loss may only ask for what `begin` has made.
 */
export function byWeight({ weights, state }: Held, what: string, make: (weight: tf.Variable, name: string) => tf.Tensor = (weight) => tf.zerosLike(weight)): ByWeight<tf.Variable> {
  const found = Object.entries(weights).map(([name, weight]) => {
    const key = `${what}/${name}`;
    if (!state.has(key)) state.set(key, tf.tidy(() => make(weight, name).variable(false)));
    return [name, state.get(key)!] as const;
  });
  return Object.fromEntries(found);
}

/** Lets go of the tensors `<what>/<weight>`: a version need not carry them. */
export function drop({ weights, state }: Held, what: string): void {
  for (const name of Object.keys(weights)) {
    state.get(`${what}/${name}`)?.dispose();
    state.delete(`${what}/${name}`);
  }
}

/** Σ importance · (w - anchor)² over all weights; without importances each weight counts alike. */
export function penalty(weights: ByWeight, anchors: ByWeight, importance?: ByWeight): tf.Scalar {
  const terms = Object.entries(weights).map(([name, weight]) => {
    const squares = weight.sub(anchors[name]!).square();
    return (importance ? squares.mul(importance[name]!) : squares).sum();
  });
  return tf.addN(terms) as tf.Scalar;
}
