import type { LayerView } from './layers';
import { concatenated, flattened, isSame, merged, same, type Units } from './units';

/** What is known of a tensor between two layers of the new model. */
export interface Flow {
  /** Which of the champion's tensors it stands for: two that are called alike are the same. */
  origin: string;
  /** The layer with weights that it stems from: the champion's, or one that is new. */
  root: string;
  /** Whether the champion's units have the champion's values. */
  exact: boolean;
  /** Never below 0, as after relu. */
  nonNegative: boolean;
  /** Where its units (places on the last axis) come from; null where that cannot be told. */
  units: Units | null;
}

const transparent = /^(Spatial)?Dropout/;
const alone = /^(Activation|ReLU|LeakyReLU|ELU|ThresholdedReLU)$/;
const pooling = /Pooling/;
const joining = /^(Add|Multiply|Average|Maximum|Minimum)$/;

/**
 * What comes out of a layer without weights.
 *
 * @param inputs the units of the model's input
 */
export function pass(layer: LayerView, flows: Flow[], inputs: Units | null): Flow {
  const [first] = flows;
  if (!first) {
    const places = layer.outputShape.length === 2 || inputs === null ? inputs : isSame(inputs) ? same(layer.outputShape.at(-1)!) : null;
    // An image that lies in another way is another input, whatever its channels.
    return { origin: `input ${layer.outputShape.slice(1, -1).join('x')}`, root: 'input', exact: places !== null, nonNegative: false, units: places };
  }
  if (transparent.test(layer.type)) return first;
  const units = flows.some((flow) => flow.units === null) ? null : unitsAfter(layer, flows.map((flow) => flow.units!));
  return {
    origin: `${layer.type} ${layer.settings} (${flows.map(({ origin }) => origin).join(', ')})`,
    root: [...new Set(flows.map(({ root }) => root))].join(', '),
    exact: units !== null && flows.every(({ exact }) => exact),
    nonNegative: layer.type === 'ReLU' || ['relu', 'sigmoid'].includes(String(layer.config.activation)) || (!alone.test(layer.type) && flows.every(({ nonNegative }) => nonNegative)),
    units,
  };
}

/** Whether what a unit gives depends on the layer's other units: softmax, and its logarithm. */
export const mixesUnits = ({ type, config }: LayerView): boolean => /softmax/i.test(type) || /softmax/i.test(String(config.activation));

function unitsAfter(layer: LayerView, flows: Units[]): Units | null {
  const [first] = flows as [Units, ...Units[]];
  const { type, config, outputShape } = layer;
  const width = outputShape.at(-1)!;
  const separate = config.dataFormat !== 'channelsFirst';
  if (separate && alone.test(type) && !mixesUnits(layer) && !first.units.some(({ role }) => role === 'alias')) return first;
  if (separate && pooling.test(type)) return first;
  if (separate && type === 'Flatten') return flattened(first, width / first.units.length);
  if (separate && joining.test(type)) return merged(flows);
  if (separate && type === 'Concatenate' && [-1, outputShape.length - 1].includes(config.axis as number)) return concatenated(flows);
  return flows.every(isSame) ? same(width) : null;
}
