import type * as tf from '@tensorflow/tfjs';
import { weightsOf, type Weight } from '../models';

/** One layer as a surgery sees it. */
export interface LayerView {
  name: string;
  /** Its class, such as `Dense`. */
  type: string;
  /** The layers whose outputs it takes; the same one twice where it takes it twice. */
  inputs: string[];
  /** Its settings that decide what it computes, but for its size: a change of them begins it anew. */
  settings: string;
  config: Record<string, unknown>;
  weights: Weight[];
  outputShape: (number | null)[];
  /** Used at several places of the model. */
  shared: boolean;
}

/** All layers, each after those that it takes from. */
export function layersOf(model: tf.LayersModel): LayerView[] {
  const views = model.layers.map(view);
  // A Sequential does not list its own input.
  const input = model.inputs[0]!.sourceLayer;
  return views.some(({ name }) => name === input.name) ? views : [view(input), ...views];
}

/** The layer that gives the model's output. */
export const lastOf = (model: tf.LayersModel): string => model.outputs[0]!.sourceLayer.name;

/** Settings of all layers but their names and random starts: the same for two models that are built alike. */
export function architectureOf(layers: LayerView[], head: string): string {
  return JSON.stringify(
    layers.map(({ name, type, config, inputs }) => [type, inputs.map((from) => layers.findIndex((layer) => layer.name === from)), relevant(config, name === head ? [...anyway, 'units'] : anyway)]),
  );
}

/** The weight of a layer that is called so: `kernel` of `hidden1/kernel`. */
export const weightNamed = (layer: LayerView, name: string): Weight | undefined => layer.weights.find((weight) => lastPart(weight.name) === name);

export const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const anyway = ['name', 'seed', 'batchInputShape', 'dtype', 'sparse'];
const besides = [...anyway, 'units', 'filters', 'rate', 'momentum', 'useBias', 'trainable'];

function view(layer: tf.layers.Layer): LayerView {
  const config = layer.getConfig() as Record<string, unknown>;
  return {
    name: layer.name,
    type: layer.getClassName(),
    inputs: layer.inboundNodes.flatMap((node) => node.inboundLayers.map(({ name }) => name)),
    settings: JSON.stringify(relevant(config, besides, /Initializer$|Regularizer$|Constraint$/)),
    config,
    weights: weightsOf(layer),
    outputShape: layer.outputShape as (number | null)[],
    shared: layer.inboundNodes.length > 1,
  };
}

function relevant(config: Record<string, unknown>, except: string[], also = /Initializer$/): [string, unknown][] {
  return Object.entries(config)
    .filter(([key, value]) => value !== null && value !== undefined && !except.includes(key) && !also.test(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
