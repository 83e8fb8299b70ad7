import * as tf from '@tensorflow/tfjs';
import { exportSavedModel } from '../../learning/compiled';
import { build, type Case } from './cases';

/** Writes the network as a SavedModel, and gives rows with tfjs's own predictions for them, for Python to compare. */
export function exported(kase: Case, folder: string) {
  const model = build(kase);
  exportSavedModel(model, folder);
  const shape = [5, ...kase.shape];
  const x = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i));
  const expected = tf.tidy(() => (model.predict(tf.tensor(x, shape)) as tf.Tensor).dataSync());
  const answer = { folder, input: model.inputNames[0]!, shape, x: [...x], expected: [...expected] };
  model.dispose();
  return answer;
}
