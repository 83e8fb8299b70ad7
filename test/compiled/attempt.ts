import * as tf from '@tensorflow/tfjs';
import { compile, type Tensors } from '../../learning/compiled';

export const x = () => tf.tensor2d([[1, -2], [3, 4], [-5, 6]]);

/** Compiles the step and says how it will run, and why. */
export function attempt(step: (inputs: { x: tf.Tensor }) => Tensors): { mode: string; reason: string; value: number[] } {
  const input = x();
  const warnings: string[] = [];
  const compiled = compile(step as never, { inputs: { x: input }, warn: (message) => warnings.push(message) });
  const result = (compiled as unknown as typeof step)({ x: input });
  const value = Array.from((result as tf.Tensor).dataSync());
  tf.dispose([input, result as tf.Tensor]);
  const { mode, reason = '' } = compiled;
  compiled.dispose();
  expect(warnings).toHaveLength(mode === 'eager' ? 1 : 0);
  return { mode, reason, value };
}
