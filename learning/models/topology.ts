import * as tf from '@tensorflow/tfjs';
import { InvalidInput } from '../../contracts';
import { seedFor } from '../random';
import { withinBudget } from './budget';

const models = ['Sequential', 'Model', 'Functional'];
const layers = [
  'InputLayer', 'Dense', 'Activation', 'Dropout', 'SpatialDropout1D', 'Flatten', 'Reshape', 'Permute', 'Embedding',
  'Conv1D', 'Conv2D', 'SeparableConv2D', 'DepthwiseConv2D', 'Conv2DTranspose',
  'MaxPooling1D', 'MaxPooling2D', 'AveragePooling1D', 'AveragePooling2D',
  'GlobalMaxPooling1D', 'GlobalMaxPooling2D', 'GlobalAveragePooling1D', 'GlobalAveragePooling2D',
  'BatchNormalization', 'LayerNormalization', 'ReLU', 'LeakyReLU', 'ELU', 'PReLU', 'ThresholdedReLU',
  'SimpleRNN', 'GRU', 'LSTM', 'Bidirectional', 'TimeDistributed',
  'Add', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate',
];
const initialisers = [
  'VarianceScaling', 'GlorotNormal', 'GlorotUniform', 'HeNormal', 'HeUniform', 'LeCunNormal', 'LeCunUniform',
  'RandomNormal', 'RandomUniform', 'TruncatedNormal', 'Orthogonal', 'Zeros', 'Ones', 'Constant', 'Identity',
];
const others = ['L1', 'L2', 'L1L2'];
const allowed = new Set([...models, ...layers, ...initialisers, ...others]);
const convolutions = /^(Conv1D|Conv2D|SeparableConv2D|DepthwiseConv2D|Conv2DTranspose)$/;

const maximumBytes = 1_000_000;
const maximumLayers = 256;
const maximumNesting = 32;
/** Numbers that one row may become inside the model: 64 MB. */
const maximumActivations = 16_777_216;

interface Named {
  class_name: string;
  config: Record<string, unknown>;
}

/**
 * Builds a model from tf.js layers JSON that may come from anywhere: layer classes are allow-listed, sizes are capped,
 * and nothing in it runs as code. Accepts what `model.toJSON(null, false)` gives, a whole `model.json` too.
 *
 * @param topology the JSON; it is not changed
 * @param seed where it is given, every initialiser gets a seed derived from it, so that the same seed gives the same bits
 * @throws InvalidInput naming the layer class, size or field
 */
export async function modelFromTopology(topology: unknown, seed?: number): Promise<tf.LayersModel> {
  const model = checkTopology(topology);
  if (seed === undefined) return deserialise(model);
  // What the JSON leaves out has defaults with seeds too: they stand in the JSON that the built model gives back.
  const complete = await deserialise(model);
  const json = checkTopology(complete.toJSON(null, false));
  complete.dispose();
  let index = 0;
  visit(json, (found) => {
    if (initialisers.includes(found.class_name)) found.config.seed = seedFor(seed, 'initialiser', index++);
  });
  return deserialise(json);
}

/** The checked topology as a copy of its own. */
export function checkTopology(topology: unknown): Named {
  const text = JSON.stringify(topology) ?? '';
  if (text.length > maximumBytes) throw new InvalidInput(`model.layers: ${text.length} characters of JSON; at most ${maximumBytes} are accepted`);
  let found = JSON.parse(text || 'null') as Record<string, unknown> | null;
  for (const wrapper of ['modelTopology', 'model_config']) {
    if (isObject(found?.[wrapper])) found = found[wrapper] as Record<string, unknown>;
  }
  if (!isNamed(found) || !models.includes(found.class_name)) {
    throw new InvalidInput(`model.layers: class_name is ${JSON.stringify(found?.class_name)}; the topology of a tf.js layers model (${models.join(', ')}) is expected`);
  }
  let count = 0;
  visit(found, ({ class_name, config }) => {
    if (!allowed.has(class_name)) throw new InvalidInput(`model.layers: the layer class ${class_name} is not allowed; allowed are ${layers.join(', ')}`);
    if (++count > maximumLayers * 6) throw new InvalidInput(`model.layers: more than ${maximumLayers} layers`);
    if (config.dropout || config.recurrent_dropout) throw new InvalidInput(`model.layers: ${class_name} has dropout of its own, which tf.js cannot seed; use a Dropout layer`);
    if (config.stateful === true) throw new InvalidInput(`model.layers: ${class_name} is stateful; rows are shuffled, so a layer cannot carry state between them`);
    if (hasConstraint(config)) throw new InvalidInput(`model.layers: ${class_name} has a constraint, which tf.js does not apply; use a regulariser`);
  });
  const inner = layersOf(found);
  if (inner.length > maximumLayers) throw new InvalidInput(`model.layers: ${inner.length} layers; at most ${maximumLayers} are accepted`);
  const nested = inner.find((layer) => models.includes(layer.class_name));
  if (nested) throw new InvalidInput(`model.layers: a ${nested.class_name} inside a model is not accepted; write its layers out`);
  // tf.js would number unnamed layers, and those inside of TimeDistributed and Bidirectional, by all that the process has built before.
  found.config.name ??= 'model';
  inner.forEach((layer, i) => {
    layer.config.name ??= `layer${i + 1}`;
    if (isNamed(layer.config.layer)) layer.config.layer.config.name ??= 'inner';
  });
  return found;
}

/** True where the topology has a convolution. */
export function topologyHasConvolution(topology: unknown): boolean {
  let found = false;
  visit(checkTopology(topology), ({ class_name }) => (found ||= convolutions.test(class_name)));
  return found;
}

async function deserialise(topology: Named): Promise<tf.LayersModel> {
  const model = await build(topology);
  const largest = Math.max(...model.layers.map((layer) => elements(layer.outputShape as (number | null)[])));
  if (largest > maximumActivations) {
    model.dispose();
    throw new InvalidInput(`model.layers: one row becomes ${largest} numbers inside the model; at most ${maximumActivations} are accepted`);
  }
  return model;
}

async function build(topology: Named): Promise<tf.LayersModel> {
  try {
    // Without weights tf.js builds the whole model before it returns its promise, so the budget sees all of it.
    const model = await withinBudget(() => tf.models.modelFromJSON(topology as never));
    if (model.inputs?.length !== 1 || model.outputs?.length !== 1) {
      throw new Error('one input with a known shape (batch_input_shape) and one output are expected');
    }
    return model;
  } catch (error) {
    if (error instanceof InvalidInput) throw error;
    throw new InvalidInput(`model.layers: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function visit(value: unknown, see: (found: Named) => void, depth = 0): void {
  if (depth > maximumNesting) throw new InvalidInput(`model.layers: nested deeper than ${maximumNesting}`);
  if (isNamed(value)) see(value);
  if (typeof value === 'object' && value !== null) Object.values(value).forEach((inner) => visit(inner, see, depth + 1));
}

const layersOf = (model: Named): Named[] => (Array.isArray(model.config.layers) ? model.config.layers.filter(isNamed) : []);
const elements = (shape: (number | null)[]): number => shape.reduce<number>((product, n) => product * (n ?? 1), 1);
const hasConstraint = (config: Record<string, unknown>): boolean =>
  Object.entries(config).some(([key, value]) => key.endsWith('_constraint') && value !== null && value !== undefined);
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNamed = (value: unknown): value is Named => isObject(value) && typeof value.class_name === 'string' && isObject(value.config);
