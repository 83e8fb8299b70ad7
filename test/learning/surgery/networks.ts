import * as tf from '@tensorflow/tfjs';
import { pipelineSchema, type ModelSpec, type Table } from '../../../contracts';
import { buildModel, fitFeatures, Random, type Features, type FeatureSpec, type Learner } from '../../../learning';
import { weightsOf } from '../../../learning/models';
import { categories, numbers, tableOf } from '../tables';

export const spec: FeatureSpec = { label: 'label', exclude: [], cycles: ['day'], scaler: 'running' };
export const modelSpec = (given: unknown): ModelSpec => pipelineSchema.shape.model.parse(given);

/** Columns of a random table. */
export interface World {
  numbers: string[];
  /** Names of the levels, by column. */
  categories: Record<string, string[]>;
  classes: string[];
}

/** Rows without any meaning; every class and level occurs, one number in ten is missing. */
export function rowsOf({ numbers: named, categories: levels, classes }: World, seed: number, rows = 60): Table {
  const random = new Random(seed, 'rows');
  const any = <T>(of: T[], row: number): T => (row < of.length ? of[row]! : of[random.below(of.length)]!);
  const all = Array.from({ length: rows }, (_, row) => row);
  return tableOf({
    ...Object.fromEntries(named.map((name, i) => [name, numbers(all.map(() => (random.uniform() < 0.1 ? NaN : 5 * i + (i + 1) * normal(random))))])),
    ...Object.fromEntries(Object.entries(levels).map(([name, of]) => [name, categories(all.map((row) => any(of, row)))])),
    label: categories(all.map((row) => any(classes, row))),
  });
}

/** A learner as a training would leave it: random weights, biases and moments, all of them far from 0. */
export async function champion(model: ModelSpec, features: Features, seed: number): Promise<Learner> {
  const built = await buildModel(model, { width: features.width, classes: features.classes.length }, seed);
  const random = new Random(seed, 'champion');
  const arrays: NonNullable<Learner['optimizer']>['arrays'] = { accBeta1: { shape: [], values: Float32Array.of(0.1) }, accBeta2: { shape: [], values: Float32Array.of(0.9) } };
  for (const { name, variable } of weightsOf(built)) {
    const some = (low: number): Float32Array => Float32Array.from({ length: variable.size }, () => low + 0.3 * Math.abs(normal(random)));
    const signed = some(0).map((value) => (random.uniform() < 0.5 ? -value : value));
    tf.tidy(() => variable.assign(tf.tensor(name.endsWith('variance') ? some(0.5) : signed, variable.shape)));
    arrays[`${name}/m`] = { shape: variable.shape, values: some(0.01) };
    arrays[`${name}/v`] = { shape: variable.shape, values: some(0.01) };
  }
  return { model: built, features, steps: 100, seen: features.classes.map((_, i) => 10 + i), optimizer: { name: 'adam', iterations: 100, arrays }, strategy: null };
}

/** A champion over a random world, with the rows that its features were fitted on. */
export async function championOf(world: World, model: unknown, seed: number): Promise<{ learner: Learner; table: Table }> {
  const table = rowsOf(world, seed);
  return { learner: await champion(modelSpec(model), fitFeatures(spec, table), seed), table };
}

export const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
const among = <T>(random: Random, ...of: T[]): T => of[random.below(of.length)]!;

/** A random world of numbers and categories. */
export function randomWorld(seed: number): World {
  const random = new Random(seed, 'world');
  return {
    numbers: ['a', 'b', 'c'].slice(0, 1 + random.below(3)),
    categories: Object.fromEntries(['k', 'l'].slice(0, random.below(3)).map((name) => [name, ['x', 'y', 'z'].slice(0, 2 + random.below(2))])),
    classes: ['0', '1', '2', '3'].slice(0, 2 + random.below(3)),
  };
}

/** Sizes of a random multi-layer perceptron. */
export const randomSizes = (seed: number): number[] => {
  const random = new Random(seed, 'sizes');
  return Array.from({ length: 1 + random.below(3) }, () => 2 + random.below(7));
};

/** The same layers, each as wide or wider. */
export const wider = (sizes: number[], seed: number): number[] => {
  const random = new Random(seed, 'wider');
  return sizes.map((units) => units + random.below(5));
};

type Layer = { class_name: string; config: Record<string, unknown> };

/** A random stack of dense layers with all that keeps units apart between them; the middle of `sizes` can be set anew. */
export function randomStack(seed: number, sizes: number[], width: number, classes: number): object {
  const random = new Random(seed, 'stack');
  const layers: Layer[] = sizes.flatMap((units, i): Layer[] => {
    const activation = among(random, 'relu', 'tanh', 'selu', 'linear', 'swish');
    const after = among<Layer[]>(
      random,
      [],
      [{ class_name: 'BatchNormalization', config: { name: `norm${i}` } }],
      [{ class_name: 'Dropout', config: { name: `drop${i}`, rate: 0.3 } }],
      [{ class_name: 'LeakyReLU', config: { name: `leaky${i}` } }],
      [{ class_name: 'Activation', config: { name: `activation${i}`, activation: 'elu' } }],
    );
    return [{ class_name: 'Dense', config: { name: `dense${i}`, units, activation, use_bias: random.uniform() < 0.8 } }, ...after];
  });
  layers.push({ class_name: 'Dense', config: { name: 'out', units: classes } });
  layers[0]!.config.batch_input_shape = [null, width];
  return { layers: { class_name: 'Sequential', config: { name: 'stack', layers } } };
}

/** Two branches that are joined again: by addition, or side by side. */
export function branches(join: 'Add' | 'Concatenate' | 'Maximum', units: number, width: number, classes: number): object {
  const node = (...names: string[]): unknown => [names.map((name) => [name, 0, 0, {}])];
  const layer = (class_name: string, name: string, config: object, ...from: string[]): object => ({ class_name, name, config: { name, ...config }, inbound_nodes: from.length > 0 ? node(...from) : [] });
  const layers = [
    layer('InputLayer', 'in', { batch_input_shape: [null, width] }),
    layer('Dense', 'stem', { units, activation: 'relu' }, 'in'),
    layer('Dense', 'left', { units, activation: 'relu' }, 'stem'),
    layer('Dense', 'right', { units, activation: 'tanh' }, 'stem'),
    layer(join, 'join', join === 'Concatenate' ? { axis: -1 } : {}, 'left', 'right'),
    layer('Dense', 'out', { units: classes }, 'join'),
  ];
  return { layers: { class_name: 'Model', config: { name: 'branches', layers, input_layers: [['in', 0, 0]], output_layers: [['out', 0, 0]] } } };
}
