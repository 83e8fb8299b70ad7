import type * as tf from '@tensorflow/tfjs';
import { weightsOf, type Weight } from '../models';

/** One use of a layer as a surgery sees it. A layer that is shared has several. */
export interface LayerView {
  /** Names the use: the layer's name, with `:1` behind it for its second use, and so on. */
  key: string;
  name: string;
  /** Its class, such as `Dense`. */
  type: string;
  /** Which of the layer's uses it is, from 0. */
  use: number;
  /** Used at several places of the model. */
  shared: boolean;
  /** The uses whose outputs it takes; the same one twice where it takes it twice. */
  inputs: string[];
  /** Its settings that decide what it computes, but for its size: a change of them begins it anew. */
  settings: string;
  config: Record<string, unknown>;
  weights: Weight[];
  outputShape: (number | null)[];
}

/** A model as a surgery sees it. */
export interface Network {
  /** Each after those that it takes from. */
  layers: LayerView[];
  /** The use that gives the model's output. */
  output: string;
  /** The layer with weights that makes the logits: the last one, or one that only pooling or dropout follows. */
  head: string;
}

export function networkOf(model: tf.LayersModel): Network {
  const { sourceLayer, nodeIndex } = model.outputs[0]!;
  const uses = usesOf(sourceLayer, nodeIndex);
  // The model's own order, but for what would come before something that it takes. A Sequential does not list its input.
  const left = [...uses].sort((a, b) => model.layers.indexOf(a.layer) - model.layers.indexOf(b.layer) || a.node - b.node);
  const placed = new Set<Use>();
  while (left.length > 0) placed.add(left.splice(left.findIndex(({ from }) => from.every((one) => placed.has(one))), 1)[0]!);
  const layers = [...placed].map((use) => view(use, uses));
  const output = keyOf(uses.at(-1)!, uses);
  return { layers, output, head: headOf(layers, output) };
}

/** Settings of all layers but their names and random starts: the same for two models that are built alike. */
export function architectureOf({ layers, head }: Network): string {
  const places = new Map(layers.map(({ key }, i) => [key, i]));
  return JSON.stringify(
    layers.map(({ name, type, config, inputs, outputShape }) => [
      type,
      places.get(name),
      inputs.map((from) => places.get(from)),
      // How many columns there are is no matter of the network; how an image lies is.
      inputs.length === 0 && outputShape.length > 2 ? outputShape.slice(1) : [],
      relevant(config, name === head ? [...anyway, 'units'] : anyway),
    ]),
  );
}

/** The weight of a layer that is called so: `kernel` of `hidden1/kernel`. */
export const weightNamed = (layer: LayerView, name: string): Weight | undefined => layer.weights.find((weight) => lastPart(weight.name) === name);

export const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

interface Use {
  layer: tf.layers.Layer;
  node: number;
  from: Use[];
}

/** All uses that a layer's use comes from, and itself as the last. */
function usesOf(last: tf.layers.Layer, node: number): Use[] {
  const found = new Map<string, Use>();
  const visit = (layer: tf.layers.Layer, node: number): Use => {
    const id = `${layer.name} ${node}`;
    const known = found.get(id);
    if (known) return known;
    const { inboundLayers, nodeIndices } = layer.inboundNodes[node]!;
    const use = { layer, node, from: inboundLayers.map((from, i) => visit(from, nodeIndices[i]!)) };
    found.set(id, use);
    return use;
  };
  visit(last, node);
  return [...found.values()];
}

const usesBefore = (use: Use, all: Use[]): number => all.filter(({ layer, node }) => layer === use.layer && node < use.node).length;

function keyOf(use: Use, all: Use[]): string {
  const before = usesBefore(use, all);
  return before === 0 ? use.layer.name : `${use.layer.name}:${before}`;
}

function view(use: Use, all: Use[]): LayerView {
  const { layer, node, from } = use;
  const config = layer.getConfig() as Record<string, unknown>;
  return {
    key: keyOf(use, all),
    name: layer.name,
    type: layer.getClassName(),
    use: usesBefore(use, all),
    shared: all.some((other) => other.layer === layer && other !== use),
    inputs: from.map((one) => keyOf(one, all)),
    settings: JSON.stringify(relevant(config, besides, /Initializer$|Regularizer$|Constraint$/)),
    config,
    weights: weightsOf(layer),
    outputShape: layer.inboundNodes[node]!.outputTensors[0]!.shape,
  };
}

function headOf(layers: LayerView[], output: string): string {
  const find = (key: string): LayerView => layers.find((layer) => layer.key === key)!;
  let layer = find(output);
  while (layer.weights.length === 0 && layer.inputs.length === 1 && /Dropout|Pooling/.test(layer.type)) layer = find(layer.inputs[0]!);
  return layer.weights.length > 0 ? layer.name : find(output).name;
}

const anyway = ['name', 'seed', 'batchInputShape', 'dtype', 'sparse'];
const besides = [...anyway, 'units', 'filters', 'rate', 'momentum', 'useBias', 'trainable'];

/** Settings by their paths, those of a layer inside of this one (TimeDistributed, Bidirectional) too. */
function relevant(config: Record<string, unknown>, except: string[], also = /Initializer$/): [string, unknown][] {
  return Object.entries(config)
    .filter(([key, value]) => value !== null && value !== undefined && !except.includes(key) && !also.test(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) => (isSettings(value) ? relevant(value, except, also).map(([inner, of]): [string, unknown] => [`${key}.${inner}`, of]) : [[key, value]]));
}

const isSettings = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
