import { CannotCompile } from './errors';
import type { OpAttribute } from './native';

/** Ops whose result is not a function of their inputs. tfjs-node hands random numbers over as constants instead. */
const impure = /^(Random|Multinomial|TruncatedNormal|ParameterizedTruncated|StatefulUniform)/;
/** Ops whose result is as long as the data makes it; two runs may be of one length by chance. */
const ofOpenShape = /^(Unique|NonMaxSuppression|Where|ListDiff)/;

/** Why an op cannot stand in a graph, its inputs being constant or not; undefined where it can. */
export function opRefusal(op: string, attributes: OpAttribute[], varies: boolean): CannotCompile | undefined {
  if (impure.test(op)) return new CannotCompile(`the op ${op} draws random numbers of its own; use tf.randomUniform or tf.randomNormal`);
  const padded = attributes.some(({ name, value }) => name === 'pad_to_max_output_size' && value === true);
  if (!varies || !ofOpenShape.test(op) || padded) return undefined;
  return new CannotCompile(`the shape of what ${op} gives depends on the data; compute it before the step and pass it among the inputs, or use an op whose result has a fixed shape, such as tf.where or tf.topk`);
}

export const hostRead = (what: string, shape: number[]): CannotCompile =>
  new CannotCompile(`the step reads ${what}, shape [${shape.join()}], in JavaScript (dataSync, arraySync, data or print); compute with tensors instead, for example tf.where for a branch`);

export const usesDisposed = (): CannotCompile =>
  new CannotCompile('the step uses a tensor that was disposed of, as what a step makes is at its end; what several steps use is made once, outside of the step, as a tf.variable or an input (tf.keep is enough for a step that runs eagerly)');
