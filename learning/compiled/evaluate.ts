import * as tf from '@tensorflow/tfjs';
import { compile } from './compile';
import { rowsOfData, type Data } from './data';
import { evaluationStep, metricNames } from './layers-step';
import type { Tensors } from './tensors';

/** How a model is evaluated. */
export interface EvaluateOptions {
  /** Default 256. */
  batchSize?: number;
  /** Told once, where the model cannot be compiled. Default: `console.warn`. */
  warn?: (message: string) => void;
}

/** The model's loss and metrics on the data, each the mean over all rows. */
export async function evaluate(model: tf.LayersModel, data: Data, { batchSize = 256, warn }: EvaluateOptions = {}): Promise<Record<string, number>> {
  const { nest, rows, dispose } = rowsOfData(model, data);
  const names = metricNames(model);
  const all = Int32Array.from({ length: rows }, (_, i) => i);
  const tensors = nest as unknown as Tensors;
  const sums = names.map(() => 0);
  const step = compile<Tensors, tf.Tensor[]>(evaluationStep(model) as never, { inputs: tensors, rows: all.subarray(0, batchSize), forms: ['gathered'], ...(warn ? { warn } : {}) });
  try {
    for (let at = 0; at < rows; at += batchSize) {
      const part = all.subarray(at, at + batchSize);
      const outputs = step.gather(tensors, part);
      outputs.forEach((tensor, k) => (sums[k]! += tensor.dataSync()[0]! * part.length));
      tf.dispose(outputs);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return Object.fromEntries(names.map((name, k) => [name, sums[k]! / rows]));
  } finally {
    step.dispose();
    dispose();
  }
}
