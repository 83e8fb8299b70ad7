import type * as tf from '@tensorflow/tfjs';
import { attribute, type Graph } from './graph';
import { dataType } from './native';

/** The names by which a session's copy of a variable is fed and fetched. */
export interface StateNames {
  handle: string;
  feed: string;
  assigned: string;
  value: string;
}

/** Writes the variables that all of a graph's forms share, each with a way in and a way out. */
export function writeVariables(graph: Graph, variables: Iterable<tf.Variable>): Map<tf.Variable, StateNames> {
  const names = new Map<tf.Variable, StateNames>();
  for (const variable of variables) {
    const k = names.size;
    const dtype = attribute.type(dataType(variable.dtype));
    const handle = graph.add('VarHandleOp', [], { dtype, shape: attribute.shape(variable.shape), shared_name: attribute.text(`v${k}`) }, `v${k}`);
    const feed = graph.placeholder(`p${k}`, dataType(variable.dtype), variable.shape);
    // The fed memory is JavaScript's and may only be let go of on JavaScript's thread: the variable gets a copy.
    const copy = graph.add('DeepCopy', [feed], { T: dtype });
    const write = graph.add('AssignVariableOp', [handle, copy], { dtype });
    const assigned = graph.add('Identity', [graph.scalar('int32', 0), `^${write}`], { T: attribute.type(3) }, `d${k}`);
    const value = graph.add('ReadVariableOp', [handle], { dtype }, `g${k}`);
    names.set(variable, { handle, feed, assigned, value });
  }
  return names;
}
