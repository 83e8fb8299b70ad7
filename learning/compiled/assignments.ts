import type * as tf from '@tensorflow/tfjs';

const watchers = new WeakMap<tf.Variable, Set<Set<tf.Variable>>>();

/**
 * Adds the variable to the set whenever it is assigned, until the function it returns is called. A variable's data alone
 * does not tell: whoever assigns a saved clone gives it the very data that it had before.
 */
export function watchAssignments(variable: tf.Variable, assigned: Set<tf.Variable>): () => void {
  const known = watchers.get(variable);
  const sets = known ?? new Set();
  sets.add(assigned);
  if (!known) {
    watchers.set(variable, sets);
    const { assign } = variable;
    variable.assign = (value) => {
      assign.call(variable, value);
      for (const set of sets) set.add(variable);
    };
  }
  return () => {
    sets.delete(assigned);
    if (sets.size > 0) return;
    watchers.delete(variable);
    delete (variable as { assign?: unknown }).assign;
  };
}
