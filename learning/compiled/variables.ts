import type * as tf from '@tensorflow/tfjs';
import { attribute, type Graph } from './graph';
import { dataType } from './native';

/** The names by which a variable of the session is fed and fetched. */
export interface VariableNames {
  handle: string;
  feed: string;
  assigned: string;
  value: string;
}

/** Writes the state's variables, which all of a graph's forms share, each with a way in and a way out. */
export function writeVariables(graph: Graph, variables: Iterable<tf.Variable>): Map<tf.Variable, VariableNames> {
  return new Map([...variables].map((variable, k) => [variable, writeVariable(graph, `v${k}`, dataType(variable.dtype), variable.shape, 'own')]));
}

/**
 * Writes one variable.
 * @param memory fed memory is JavaScript's and may only be let go of on JavaScript's thread: the variable gets a copy of
 *   its `own`, or shares what the caller keeps
 */
export function writeVariable(graph: Graph, name: string, dtype: number, shape: number[], memory: 'own' | 'shared'): VariableNames {
  const type = attribute.type(dtype);
  const handle = graph.add('VarHandleOp', [], { dtype: type, shape: attribute.shape(shape), shared_name: attribute.text(name) }, name);
  const feed = graph.placeholder(`${name}in`, dtype, shape);
  const given = memory === 'own' ? graph.add('DeepCopy', [feed], { T: type }) : feed;
  const write = graph.add('AssignVariableOp', [handle, given], { dtype: type });
  const assigned = graph.add('Identity', [graph.scalar('int32', 0), `^${write}`], { T: attribute.type(3) }, `${name}done`);
  const value = graph.add('ReadVariableOp', [handle], { dtype: type }, `${name}out`);
  return { handle, feed, assigned, value };
}
