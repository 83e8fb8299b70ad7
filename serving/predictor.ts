import * as tf from '@tensorflow/tfjs';
import { CannotCompile, compilePredict, withinHeads, type Heads, type Predictor } from '../learning';

/** Rows at once: enough to keep the processor busy, few enough that other requests are answered in between. */
const chunk = 4096;

/**
 * Standardised features (row after row, as wide as the model's input) to class probabilities (row after row), where there
 * are heads among the classes of each row's own. The one place that knows how a model is run.
 */
export type Predict = (standardised: Float32Array, rows: number, heads?: Int32Array | null) => Promise<Float32Array>;

export interface ModelRunner {
  predict: Predict;
  /** Frees what runs the model; the model itself is the caller's. */
  dispose(): void;
}

/**
 * Runs a model that gives logits, and applies the softmax: as one graph on native TensorFlow, else operation by operation.
 *
 * @param heads the groups of classes that compete with each other, where there are some
 * @example const probabilities = await predictor(model).predict(standardise(features, encoded), rows);
 */
export function predictor(model: tf.LayersModel, heads?: Heads): ModelRunner {
  const rowShape = model.inputs[0]!.shape.slice(1) as number[];
  const graph = compiled(model);
  const logits = (x: tf.Tensor): tf.Tensor => (graph ? graph(x)[0]! : (model.predict(x) as tf.Tensor));
  const predict: Predict = async (standardised, rows, own) => {
    const width = standardised.length / rows;
    let all = new Float32Array();
    for (let from = 0; from < rows; from += chunk) {
      const to = Math.min(rows, from + chunk);
      const probabilities = tf.tidy(() => {
        const x = tf.tensor(standardised.subarray(from * width, to * width), [to - from, ...rowShape]);
        const found = logits(x) as tf.Tensor2D;
        return tf.softmax(heads && own ? withinHeads(found, heads.classes, own.subarray(from, to)) : found);
      });
      if (from === 0) all = new Float32Array(rows * probabilities.shape[1]!);
      all.set((await probabilities.data()) as Float32Array, from * probabilities.shape[1]!);
      probabilities.dispose();
      if (to < rows) await new Promise(setImmediate);
    }
    return all;
  };
  return { predict, dispose: () => graph?.dispose() };
}

/** The model as one graph; null where there is none: another backend, or a layer that no graph can follow. */
function compiled(model: tf.LayersModel): Predictor | null {
  try {
    return compilePredict(model);
  } catch (error) {
    if (error instanceof CannotCompile) return null;
    throw error;
  }
}
