import * as tf from '@tensorflow/tfjs';
import type { StepResult } from './compiled-step';

/** A step's results, read. */
export interface Taken {
  loss: number;
  kept: Record<string, Float32Array>;
}

/** Reads a step's results, and frees them. */
export function read({ loss, kept }: StepResult): Taken {
  const taken = { loss: loss.dataSync()[0]!, kept: Object.fromEntries(Object.entries(kept).map(([name, tensor]) => [name, tensor.dataSync<'float32'>().slice()])) };
  tf.dispose([loss, ...Object.values(kept)]);
  return taken;
}

/** Several lists of numbers as one. */
export function joined(parts: Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
