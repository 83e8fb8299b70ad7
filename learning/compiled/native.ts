import * as tf from '@tensorflow/tfjs';
import { CannotCompile } from './errors';

/** The version of tfjs-node whose internals this folder uses; test/compiled/pin.test.ts fails when they change. */
export const pinnedVersion = '4.22.0';

/** What the addon says about a tensor that it made. */
export interface Made {
  id: number;
  shape: number[];
  dtype: number;
}
export interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}
export const typeAttribute = (name: string, value: number): OpAttribute => ({ name, type: 4, value });
export type Values = Float32Array | Int32Array | Uint8Array;

/** The addon's functions. Tensor ids count up and are never used again: each names one value for ever. */
export interface Binding {
  createTensor(shape: number[], dtype: number, values: Values): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Values;
  executeOp(name: string, attributes: OpAttribute[], inputs: number[], outputs: number): Made[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  runSavedModel(session: number, inputs: number[], inputNames: string, outputNames: string): Made[];
  getNumOfTensors(): number;
  getNumOfSavedModels(): number;
  isUsingGpuDevice(): boolean;
  readonly TF_Version: string;
}

/** What the backend knows of a tensor's data. `values` wait on JavaScript's side until an op first needs them. */
export interface TensorData {
  shape: number[];
  dtype: number;
  id: number;
  values: Values | null;
}

/** The parts of tfjs-node's backend that are used here. */
export interface NativeBackend {
  binding: Binding;
  isUsingGpuDevice: boolean;
  tensorMap: { get(dataId: object): TensorData };
  getInputTensorIds(tensors: tf.Tensor[]): number[];
  createOutputTensor(made: Made): tf.Tensor;
  write(values: Values, shape: number[], dtype: tf.DataType): object;
  readSync(dataId: object): Values;
  read(dataId: object): Promise<Values>;
  refCount(dataId: object): number;
}

/** TensorFlow's numbers for the types that a step may use. */
export const DataType = { float32: 1, float64: 2, int32: 3, int64: 9, bool: 10, resource: 20 } as const;

const numbers: Partial<Record<tf.DataType, number>> = { float32: DataType.float32, int32: DataType.int32, bool: DataType.bool };

/** TensorFlow's number of a tfjs type. */
export function dataType(dtype: tf.DataType): number {
  const number = numbers[dtype];
  if (number === undefined) throw new CannotCompile(`a tensor of type ${dtype} cannot be compiled; use float32, int32 or bool`);
  return number;
}

/** The native backend. @throws CannotCompile where tfjs runs on another backend. */
export function nativeBackend(): NativeBackend {
  const backend = tf.backend() as unknown as NativeBackend;
  if (tf.getBackend() !== 'tensorflow' || typeof backend.binding?.runSavedModel !== 'function') {
    throw new CannotCompile(`compiled steps need the backend of @tensorflow/tfjs-node; the backend here is ${tf.getBackend()}`);
  }
  return backend;
}

/** Moves a tensor's data to TensorFlow now, so that it has its lasting id. */
export function upload(backend: NativeBackend, tensor: tf.Tensor): number {
  return backend.getInputTensorIds([tensor])[0]!;
}

interface Scope {
  name: string;
}
interface Engine {
  registeredVariables: Record<string, tf.Variable>;
  state: { scopeStack: Scope[]; tensorInfo: { has(dataId: object): boolean } };
  makeVariable(...args: unknown[]): tf.Variable;
}

/** tfjs's engine, with the parts that its types hide. */
export function engine(): Engine {
  return tf.engine() as unknown as Engine;
}

/** The op that tfjs is inside of, outermost first: `['dropout', 'randomUniform']`. */
export function opScopes(): string[] {
  return engine().state.scopeStack.filter((s) => s.name.endsWith('__op')).map((s) => s.name.slice(0, -'__op'.length));
}
