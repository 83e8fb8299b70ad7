import * as tf from '@tensorflow/tfjs';
import { forAnyRows } from './any-rows';
import { emit, type Surroundings } from './emit';
import { CannotCompile } from './errors';
import { attribute, Graph } from './graph';
import { DataType, dataType, nativeBackend, upload } from './native';
import { pullAll } from './program';
import { record } from './recorder';
import { savedModel, writeSavedModel, type Signature, type TensorInfo } from './saved-model';
import { Session } from './session';
import { snapshot, allVariables, separate } from './state';
import { leaves, type Tensors } from './tensors';
import type { Trace } from './trace';

const few = 3;
const many = 5;

/** The model's forward pass, for any number of rows. */
function traceModel(model: tf.LayersModel): Trace {
  const forward = (inputs: Tensors) => {
    const tensors = inputs as tf.Tensor[];
    return model.apply(tensors.length === 1 ? tensors[0]! : tensors, { training: false }) as Tensors;
  };
  pullAll();
  separate(allVariables());
  const run = (rows: number, stream: number): Trace => {
    const inputs = model.inputs.map((input) => {
      if (input.shape.slice(1).includes(null)) throw new CannotCompile(`input ${input.name} has the shape [${input.shape.join()}]: only the number of rows may be open`);
      return tf.zeros([rows, ...(input.shape.slice(1) as number[])], input.dtype);
    });
    const before = snapshot(allVariables());
    try {
      return record(forward, inputs, stream);
    } finally {
      before.restore();
      tf.dispose(inputs);
    }
  };
  return forAnyRows(run(few, 1), run(many, 2), few, many);
}

/** Writes the frozen forward pass into a graph: placeholders in, weights as constants. */
export function writeModel<G extends Graph>(model: tf.LayersModel, graph: G): { graph: G; signature: Signature } {
  const trace = traceModel(model);
  const open = (shape: (number | null)[]) => shape.map((size) => size ?? -1);
  const inputs = model.inputs.map((input, i) => graph.placeholder(`x${i}`, dataType(input.dtype), open(input.shape)));
  let rows: string | undefined;
  const countRows = (): string => {
    const int = attribute.type(DataType.int32);
    const shape = graph.add('Shape', [inputs[0]!], { T: attribute.type(dataType(model.inputs[0]!.dtype)), out_type: int });
    const at = (value: number) => graph.constant(DataType.int32, [1], Int32Array.of(value));
    return graph.add('StridedSlice', [shape, at(0), at(1), at(1)], { T: int, Index: int, shrink_axis_mask: attribute.integer(1) });
  };
  const refuse = (): never => {
    throw new CannotCompile('the model does not only infer: it draws random numbers or trains');
  };
  const around: Surroundings = {
    after: [],
    input: (i) => inputs[i]!,
    read: (variable) => graph.constant(dataType(variable.dtype), variable.shape, variable.dataSync() as Float32Array),
    rows: () => (rows ??= countRows()),
    held: refuse, rate: refuse, counter: refuse,
  };
  if (trace.writes.length > 0) refuse();
  const { outputs } = emit(trace, graph, around, 0);
  const info = (tensor: string, dtype: tf.DataType, shape: (number | null)[]): TensorInfo => ({ tensor: `${tensor}:0`, dtype: dataType(dtype), shape: open(shape) });
  const names = distinct(model.outputNames);
  const named = model.outputs.map((output, i) => {
    const name = graph.add('Identity', [outputs[i]!], { T: attribute.type(dataType(output.dtype)) }, `y${i}`);
    return [names[i]!, info(name, output.dtype, output.shape)] as const;
  });
  return {
    graph,
    signature: {
      inputs: Object.fromEntries(model.inputs.map((input, i) => [model.inputNames[i]!, info(inputs[i]!, input.dtype, input.shape)])),
      outputs: Object.fromEntries(named),
    },
  };
}

/** The names, each once: a layer that gives several outputs names them all. `name`, `name_1`, `name_2`. */
function distinct(names: string[]): string[] {
  const given = new Set(names);
  const used = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let n = 1; used.has(free) || (free !== name && given.has(free)); n++) free = `${name}_${n}`;
    used.add(free);
    return free;
  });
}

/**
 * Writes a TensorFlow SavedModel with the signature `serving_default`, for any number of rows. Inputs and outputs are
 * named as in the model, a name's second output `name_1`; the weights are constants, so `variables/` is not needed.
 *
 * @param folder is made if it is not there; `saved_model.pb` in it is overwritten
 * @throws CannotCompile where the model cannot be a graph: a layer reads values in JavaScript, or has an open shape
 * @example exportSavedModel(model, 'electricity');   // Python: tf.saved_model.load('electricity').signatures['serving_default'](x=…)
 */
export function exportSavedModel(model: tf.LayersModel, folder: string): void {
  const { graph, signature } = writeModel(model, new Graph());
  writeSavedModel(folder, savedModel(graph, nativeBackend().binding.TF_Version, { serving_default: signature }));
}

/** A forward pass in one call, with the weights that the model had when it was made. */
export interface Predictor {
  /** Inputs in the model's order, with any number of rows ≥ 1. The caller disposes of the outputs. */
  (...inputs: tf.Tensor[]): tf.Tensor[];
  dispose(): void;
}

/**
 * Compiles a model's forward pass for any number of rows.
 * @throws CannotCompile as `exportSavedModel`
 * @example
 * const predict = compilePredict(model);
 * const [probabilities] = predict(tf.tensor2d(rows));
 */
export function compilePredict(model: tf.LayersModel): Predictor {
  const backend = nativeBackend();
  const { graph } = writeModel(model, new Graph());
  const session = new Session(graph);
  const inputNames = model.inputs.map((_, i) => `x${i}:0`).join();
  const outputNames = model.outputs.map((_, i) => `y${i}:0`).join();
  const shapes = model.inputs.map((input) => ({ dtype: input.dtype, shape: input.shape.slice(1) }));
  const predict = (...inputs: tf.Tensor[]): tf.Tensor[] => {
    // A run that fails would leak its inputs.
    shapes.forEach(({ dtype, shape }, i) => {
      const tensor = inputs[i];
      if (!tensor || tensor.dtype !== dtype || tensor.rank !== shape.length + 1 || shape.some((size, d) => size !== tensor.shape[d + 1])) {
        throw new RangeError(`input ${i} of the model is ${dtype} [rows,${shape.join()}], not ${tensor ? `${tensor.dtype} [${tensor.shape.join()}]` : 'missing'}`);
      }
    });
    return session.run(inputs.map((tensor) => upload(backend, tensor)), inputNames, outputNames).map((made) => backend.createOutputTensor(made));
  };
  return Object.assign(predict, { dispose: () => session.dispose() });
}

/** The largest difference between a predictor and the model itself on these inputs. */
export function predictionDifference(model: tf.LayersModel, predict: Predictor, ...inputs: tf.Tensor[]): number {
  return tf.tidy(() => {
    const expected = leaves(model.predict(inputs.length === 1 ? inputs[0]! : inputs) as Tensors).map(({ tensor }) => tensor);
    const actual = predict(...inputs);
    return Math.max(...expected.map((tensor, i) => tensor.sub(actual[i]!).abs().max().dataSync()[0]!));
  });
}
