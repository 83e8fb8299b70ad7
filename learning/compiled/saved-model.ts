import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shapeField, type Graph } from './graph';
import { bytes, entry, integer, message, type Bytes } from './protobuf';

/** A value of the graph that a signature names: `tensor` is `node:0`; -1 in the shape is any size. */
export interface TensorInfo {
  tensor: string;
  dtype: number;
  shape: number[];
}
export interface Signature {
  inputs: Record<string, TensorInfo>;
  outputs: Record<string, TensorInfo>;
}

const tensorInfo = (info: TensorInfo): Bytes => Buffer.concat([bytes(1, info.tensor), integer(2, info.dtype), shapeField(3, info.shape)]);

const signatureDef = (signature: Signature): Bytes =>
  Buffer.concat([
    ...Object.entries(signature.inputs).map(([key, info]) => entry(1, key, tensorInfo(info))),
    ...Object.entries(signature.outputs).map(([key, info]) => entry(2, key, tensorInfo(info))),
    bytes(3, 'tensorflow/serving/predict'),
  ]);

/** The bytes of `saved_model.pb`: one graph under the tag `serve`, with its signatures; no variables folder is needed. */
export function savedModel(graph: Graph, tensorflowVersion: string, signatures: Record<string, Signature> = {}): Bytes {
  return Buffer.concat([
    integer(1, 1),
    message(2,
      message(1, bytes(4, 'serve'), bytes(5, tensorflowVersion)),
      message(2, graph.serialize()),
      ...Object.entries(signatures).map(([key, signature]) => entry(5, key, signatureDef(signature)))),
  ]);
}

/** Writes a SavedModel's folder. */
export function writeSavedModel(folder: string, model: Bytes): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'saved_model.pb'), model);
}

/** Hands the model to `load` as a folder that is gone when this returns: TensorFlow reads it once. */
export function throughFolder<T>(model: Bytes, load: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'compiled-'));
  try {
    writeSavedModel(folder, model);
    return load(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
