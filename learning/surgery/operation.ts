import type * as tf from '@tensorflow/tfjs';
import type { Weight } from '../models';
import { mixesUnits, pass, type Flow } from './flow';
import { lastPart, networkOf, weightNamed, type LayerView, type Network } from './layers';
import { matchLayers, type Hints } from './match';
import { fresh, isSame, resized, same, type Units, type Widening } from './units';

/** How one variable of the new model is made. */
export interface Transfer {
  weight: Weight;
  layer: string;
  /** The champion's variable; null where there is none. */
  source: Weight | null;
  /** moved: from the source, unit by unit. identity: gives what it takes. zero: zeros. fresh: as it was built. */
  how: 'moved' | 'identity' | 'zero' | 'fresh';
  /** Units of the last axis but one, and of the last; null where the whole is taken as it is. */
  ins: Units | null;
  outs: Units | null;
  /** What a new unit's incoming weights begin as: random in the body, zeros in the head. */
  begin: 'random' | 'zero';
  /** The champion's variable whose place a fresh one takes. */
  replaces?: Weight;
}

/** A surgery as it will be done. */
export interface Operation {
  transfers: Transfer[];
  /** The champion's variables of which nothing lives on. */
  dropped: Weight[];
  /** Whether the champion's logits come out for what the champion's inputs say. */
  exact: boolean;
  /** Why not. */
  reasons: string[];
  /** Whether what the head takes are the champion's features, no more and no less. */
  sameFeatures: boolean;
}

export interface OperationOptions {
  /** Where the model's inputs come from; null where they mean something else. */
  inputs: Units | null;
  /** Classes before and now; the new ones come last. */
  classes: { before: number; after: number };
  hints: Hints;
  widening: Widening;
  seed: number;
}

/** Layers whose weights are a kernel [..., in, out] and a bias [out]. */
const kernels = ['Dense', 'Conv1D', 'Conv2D'];
const norms = ['BatchNormalization', 'LayerNormalization'];
const recurrent = /RNN|GRU|LSTM|Bidirectional/;

/**
 * Works out where each variable of the new model comes from: walks through its layers from the input on, and keeps track
 * of which tensor is the champion's, which of its units are, and whether they still have the champion's values.
 */
export function planOperation(before: tf.LayersModel, after: tf.LayersModel, options: OperationOptions): Operation {
  const [old, now] = [networkOf(before), networkOf(after)];
  return new Walk(old, now, matchLayers(old, now, options.hints), options).operation();
}

class Walk {
  private readonly transfers: Transfer[] = [];
  private readonly reasons: string[] = [];
  private readonly flows = new Map<string, Flow>();
  /** The champion's tensors; those before and after dropout are the same. */
  private readonly were = new Map<string, Pick<Flow, 'origin' | 'root'>>();
  private sameFeatures = false;

  constructor(
    private readonly old: Network,
    private readonly now: Network,
    private readonly pairs: Map<string, LayerView>,
    private readonly options: OperationOptions,
  ) {}

  operation(): Operation {
    for (const layer of this.old.layers) {
      const inputs = layer.inputs.map((key): Flow => ({ ...this.were.get(key)!, exact: true, nonNegative: false, units: null }));
      this.were.set(layer.key, layer.weights.length > 0 ? { origin: layer.key, root: layer.name } : pass(layer, inputs, null));
    }
    for (const layer of this.now.layers) this.flows.set(layer.key, this.flow(layer));
    const last = this.flows.get(this.now.output)!;
    const used = new Set(this.transfers.map(({ source }) => source));
    const dropped = this.old.layers.flatMap(({ weights, use }) => (use === 0 ? weights : [])).filter((weight) => !used.has(weight));
    const exact = last.exact && last.origin === this.were.get(this.old.output)!.origin;
    if (!exact && this.reasons.length === 0) this.reasons.push('the layers after the last one with weights are others');
    return { transfers: this.transfers, dropped, exact, reasons: this.reasons, sameFeatures: this.sameFeatures };
  }

  private flow(layer: LayerView): Flow {
    const flows = layer.inputs.map((key) => this.flows.get(key)!);
    if (layer.weights.length === 0) {
      const passed = pass(layer, flows, this.options.inputs);
      if (flows.some(({ exact }) => exact) && !passed.exact) this.reasons.push(`${layer.name}: a ${layer.type} mixes units, and some of what it takes is new`);
      return passed;
    }
    const partner = this.pairs.get(layer.name);
    if (layer.use > 0) return this.again(layer, partner, flows);
    if (layer.name === this.now.head) this.sameFeatures = flows.every(({ exact, units }) => exact && units !== null && isSame(units)) && this.takesTheSame(partner, flows);
    const replaced = partner ? undefined : this.replaced(layer);
    if (replaced) return this.renewed(layer, `${layer.name}: it begins anew, as the hints say`, replaced);
    if (!partner) return this.inserted(layer, flows);
    if (layer.settings !== partner.settings) return this.renewed(layer, `${changed(layer, partner)}; it begins anew`, partner);
    const [flow] = flows;
    if (flows.length === 1 && !layer.shared && !partner.shared) {
      if (kernels.includes(layer.type) && layer.config.dataFormat !== 'channelsFirst') return this.kernel(layer, partner, flow!);
      if (norms.includes(layer.type) && lastAxis(layer)) return this.norm(layer, partner, flow!);
    }
    return this.whole(layer, partner, flows);
  }

  private kernel(layer: LayerView, partner: LayerView, flow: Flow): Flow {
    const [kernel, before] = [weightNamed(layer, 'kernel')!, weightNamed(partner, 'kernel')!];
    const [wasIn, wasOut] = before.variable.shape.slice(-2) as [number, number];
    if (flow.units?.size !== wasIn || !this.stemsFromTheSame(partner, [flow])) return this.renewed(layer, this.otherInput(layer, partner, flow), partner);
    const head = layer.name === this.now.head;
    const outs = head ? this.classUnits() : resized(wasOut, kernel.variable.shape.at(-1)!, this.options.widening, this.options.seed);
    const begin = head ? 'zero' : 'random';
    const [bias, oldBias] = [weightNamed(layer, 'bias'), weightNamed(partner, 'bias')];
    this.transfers.push({ weight: kernel, layer: layer.name, source: before, how: 'moved', ins: flow.units, outs, begin });
    if (bias) this.transfers.push({ weight: bias, layer: layer.name, source: oldBias ?? null, how: oldBias ? 'moved' : 'zero', ins: null, outs, begin });
    const exact = this.isExact(layer, partner, [flow], [
      [outs.units.length >= wasOut, `the first ${outs.units.length} of ${wasOut} units are kept`],
      [!oldBias || bias !== undefined, 'its bias is dropped'],
      [isSame(outs) || !mixesUnits(layer), `its activation ${String(layer.config.activation)} mixes units, and some of them are new`],
    ]);
    return { origin: partner.name, root: partner.name, exact, nonNegative: isNonNegative(layer), units: outs };
  }

  private norm(layer: LayerView, partner: LayerView, flow: Flow): Flow {
    const units = flow.units;
    if (units?.size !== partner.weights[0]!.variable.shape[0] || !this.stemsFromTheSame(partner, [flow]) || partner.weights.length !== layer.weights.length) {
      return this.renewed(layer, this.otherInput(layer, partner, flow), partner);
    }
    layer.weights.forEach((weight) => this.transfers.push({ weight, layer: layer.name, source: weightNamed(partner, lastPart(weight.name))!, how: 'moved', ins: null, outs: units, begin: 'random' }));
    const mixes = (layer.type === 'LayerNormalization' && !isSame(units)) || units.units.some(({ role }) => role === 'alias');
    const exact = this.isExact(layer, partner, [flow], [[!mixes, `a ${layer.type} mixes units, and some of what it takes is new`]]);
    return { origin: partner.name, root: partner.name, exact, nonNegative: false, units };
  }

  /** A layer that is copied as a whole or not at all. */
  private whole(layer: LayerView, partner: LayerView, flows: Flow[]): Flow {
    const fits = flows.every(({ units }) => units !== null && isSame(units)) && shapes(layer) === shapes(partner) && this.stemsFromTheSame(partner, flows);
    if (!fits) {
      const why = recurrent.test(layer.type) ? 'a recurrent cell cannot be widened exactly' : `a ${layer.type} cannot be resized`;
      return this.renewed(layer, `${layer.name} (${layer.type}): ${why}; it begins anew`, partner);
    }
    layer.weights.forEach((weight, i) => this.transfers.push({ weight, layer: layer.name, source: partner.weights[i]!, how: 'moved', ins: null, outs: null, begin: 'random' }));
    const exact = this.isExact(layer, partner, flows, []);
    return { origin: partner.name, root: partner.name, exact, nonNegative: false, units: same(layer.outputShape.at(-1)!) };
  }

  /** A further use of a layer: its weights are what the first use made them. */
  private again(layer: LayerView, partner: LayerView | undefined, flows: Flow[]): Flow {
    const first = this.flows.get(layer.name)!;
    const was = partner && this.old.layers.find(({ name, use }) => name === partner.name && use === layer.use);
    const moved = was !== undefined && this.transfers.some(({ layer: name, how }) => name === layer.name && how === 'moved');
    const fits = flows.every(({ units }) => units !== null && isSame(units));
    const exact = moved && this.isExact(layer, was, flows, [[fits, 'it is used at several places, and some of what it takes here is new']]);
    if (!moved) this.reasons.push(`${layer.name}: it is used at other places than before`);
    return { ...first, origin: was ? was.key : `new ${layer.key}`, exact, units: same(layer.outputShape.at(-1)!) };
  }

  /** A layer that the champion has not: the identity, where there is one (Net2Net's deeper net). */
  private inserted(layer: LayerView, [flow, ...others]: Flow[]): Flow {
    const units = flow?.units;
    const kernel = weightNamed(layer, 'kernel');
    const activation = String(layer.config.activation ?? 'linear');
    const passes = activation === 'linear' || (['relu', 'elu'].includes(activation) && flow!.nonNegative);
    const old = [...new Set(units?.units.flatMap(({ role, from }) => (role === 'new' ? [] : [from])))].sort((a, b) => a - b);
    const room = kernel ? kernel.variable.shape.at(-1)! : 0;
    if (others.length > 0 || layer.shared || layer.name === this.now.head || !units || flow.root.startsWith('new ') || !kernels.includes(layer.type) || !passes || room < old.length || !keepsPlaces(layer)) {
      return this.renewed(layer, `${layer.name} (${layer.type}${kernel ? `, ${activation}` : ''}) is new and cannot begin as the identity`);
    }
    const outs: Units = { units: Array.from({ length: room }, (_, i) => (i < old.length ? { role: 'own', from: old[i]! } : fresh)), size: units.size };
    for (const weight of layer.weights) this.transfers.push({ weight, layer: layer.name, source: null, how: weight === kernel ? 'identity' : 'zero', ins: units, outs, begin: 'random' });
    return { ...flow!, units: outs };
  }

  private renewed(layer: LayerView, because: string, partner?: LayerView): Flow {
    this.reasons.push(because);
    const alike = partner?.weights.length === layer.weights.length;
    layer.weights.forEach((weight, i) => {
      const replaces = alike ? partner.weights[i] : partner && weightNamed(partner, lastPart(weight.name));
      this.transfers.push({ weight, layer: layer.name, source: null, how: 'fresh', ins: null, outs: null, begin: 'random', ...(replaces ? { replaces } : {}) });
    });
    const name = partner?.name ?? `new ${layer.name}`;
    // What only normalises its inputs still says what they say.
    const root = !partner && norms.includes(layer.type) ? this.flows.get(layer.inputs[0]!)!.root : name;
    return { origin: name, root, exact: false, nonNegative: isNonNegative(layer), units: same(layer.outputShape.at(-1)!) };
  }

  /** Whether the layer gives the champion's values; where it is the first that does not, the reason is noted. */
  private isExact(layer: LayerView, partner: LayerView, flows: Flow[], conditions: [boolean, string][]): boolean {
    if (!flows.every(({ exact }) => exact)) return false;
    const failing = [...conditions, [this.takesTheSame(partner, flows), 'what it takes is not what it took before'] as const].find(([holds]) => !holds);
    if (failing) this.reasons.push(`${layer.name}: ${failing[1]}`);
    return !failing;
  }

  /** The champion's layer of the same name and class where the hints let go of it: its place is taken by a fresh one. */
  private replaced({ name, type }: LayerView): LayerView | undefined {
    const taken = [...this.pairs.values()];
    return this.options.hints[name] === null ? this.old.layers.find((layer) => layer.name === name && layer.type === type && !taken.includes(layer)) : undefined;
  }

  private otherInput({ name }: LayerView, partner: LayerView, flow: Flow): string {
    if (!this.stemsFromTheSame(partner, [flow])) return `${name}: it takes from another layer than before; it begins anew`;
    return flow.root === 'input' && !flow.units ? `${name}: the inputs are others, or scaled in another way; it begins anew` : `${name}: what it takes has another size than before; it begins anew`;
  }

  private takesTheSame(partner: LayerView | undefined, flows: Flow[]): boolean {
    return partner !== undefined && flows.length === partner.inputs.length && flows.every(({ origin }, i) => origin === this.were.get(partner.inputs[i]!)!.origin);
  }

  /** Whether weights still mean something: what is taken comes from the same layers, whatever was done to it on the way. */
  private stemsFromTheSame(partner: LayerView, flows: Flow[]): boolean {
    return flows.length === partner.inputs.length && flows.every(({ root }, i) => root === this.were.get(partner.inputs[i]!)!.root);
  }

  private classUnits(): Units {
    const { before, after } = this.options.classes;
    return { units: [...same(before).units, ...Array.from({ length: after - before }, () => fresh)], size: before };
  }
}

const shapes = ({ weights }: LayerView): string => JSON.stringify(weights.map(({ variable }) => variable.shape));
const isNonNegative = ({ config }: LayerView): boolean => ['relu', 'sigmoid'].includes(String(config.activation));
const lastAxis = ({ config, outputShape }: LayerView): boolean => [-1, outputShape.length - 1].includes([config.axis].flat()[0] as number);

/** Whether a kernel of ones at its middle gives what it takes. */
const keepsPlaces = ({ type, config }: LayerView): boolean =>
  type === 'Dense' || (config.padding === 'same' && config.dataFormat !== 'channelsFirst' && [config.strides].flat().every((n) => n === 1) && (config.kernelSize as number[]).every((n) => n % 2 === 1));

/** What of a layer's settings is another one: `hidden1: activation relu → elu`. */
function changed(layer: LayerView, partner: LayerView): string {
  const [is, was] = [layer, partner].map(({ settings }) => Object.fromEntries(JSON.parse(settings) as [string, unknown][]));
  const keys = Object.keys({ ...was, ...is }).filter((key) => JSON.stringify(was![key]) !== JSON.stringify(is![key]));
  return `${layer.name}: ${keys.map((key) => `${key} ${text(was![key])} → ${text(is![key])}`).join(', ')}`;
}

const text = (value: unknown): string => (Array.isArray(value) ? value.join('x') : String(value ?? 'none'));
