import * as tf from '@tensorflow/tfjs';
import { generator } from '../../learning/compiled/order';

/** The layers' own training function: loss, metrics, regularisers, gradients, optimizer, running averages. */
export function trainFunction(model: tf.LayersModel): (tensors: tf.Tensor[]) => tf.Tensor[] {
  // A Sequential wraps the model that does the work.
  const inner = (model as unknown as { model?: tf.LayersModel }).model ?? model;
  return (inner as unknown as { makeTrainFunction(): (tensors: tf.Tensor[]) => tf.Tensor[] }).makeTrainFunction();
}

let seed = 0;
const weights = () => tf.initializers.glorotUniform({ seed: ++seed });
const dense = (units: number, activation: 'relu' | 'softmax' | 'linear' | 'tanh' | 'sigmoid' = 'relu') => tf.layers.dense({ units, activation: activation as 'relu', kernelInitializer: weights() });
const conv = (filters: number, more: object = {}) => tf.layers.conv2d({ filters, kernelSize: 3, activation: 'relu', kernelInitializer: weights(), ...more });

/** Builds the same model each time it is called, from the shape of a row. */
export type Build = (shape: number[], outputs: number) => tf.LayersModel;

function chain(shape: number[], layers: tf.layers.Layer[]): tf.LayersModel {
  const input = tf.input({ shape });
  return tf.model({ inputs: input, outputs: layers.reduce<tf.SymbolicTensor>((x, layer) => layer.apply(x) as tf.SymbolicTensor, input) });
}

const recurrent = { recurrentInitializer: () => tf.initializers.orthogonal({ gain: 1, seed: 7 }) };

/** Small models of every kind, each with the shape of its rows. */
export const models: Record<string, { shape: number[]; build: Build; integers?: number }> = {
  mlp: { shape: [20], build: (shape, n) => chain(shape, [dense(64), dense(64), dense(n, 'softmax')]) },
  cnn: { shape: [10, 10, 1], build: (shape, n) => chain(shape, [conv(6), tf.layers.maxPooling2d({ poolSize: 2 }), tf.layers.flatten(), dense(n, 'softmax')]) },
  'strided, average pooling': { shape: [9, 9, 2], build: (shape, n) => chain(shape, [conv(4, { strides: 2, padding: 'same' }), tf.layers.averagePooling2d({ poolSize: 2 }), tf.layers.flatten(), dense(n, 'softmax')]) },
  separable: { shape: [8, 8, 2], build: (shape, n) => chain(shape, [tf.layers.separableConv2d({ filters: 4, kernelSize: 3, depthwiseInitializer: weights(), pointwiseInitializer: weights() }), tf.layers.globalAveragePooling2d({}), dense(n, 'softmax')]) },
  depthwise: { shape: [8, 8, 2], build: (shape, n) => chain(shape, [tf.layers.depthwiseConv2d({ kernelSize: 3, depthwiseInitializer: weights() }), tf.layers.flatten(), dense(n, 'softmax')]) },
  transposed: { shape: [5, 5, 2], build: (shape, n) => chain(shape, [tf.layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, kernelInitializer: weights() }), tf.layers.flatten(), dense(n, 'softmax')]) },
  'conv1d': { shape: [12, 3], build: (shape, n) => chain(shape, [tf.layers.conv1d({ filters: 4, kernelSize: 3, kernelInitializer: weights() }), tf.layers.globalMaxPooling1d(), dense(n, 'softmax')]) },
  lstm: { shape: [6, 3], build: (shape, n) => chain(shape, [tf.layers.lstm({ units: 8, kernelInitializer: weights(), recurrentInitializer: recurrent.recurrentInitializer() }), dense(n, 'softmax')]) },
  gru: { shape: [6, 3], build: (shape, n) => chain(shape, [tf.layers.gru({ units: 8, kernelInitializer: weights(), recurrentInitializer: recurrent.recurrentInitializer() }), dense(n, 'softmax')]) },
  embedding: { shape: [5], integers: 11, build: (shape, n) => chain(shape, [tf.layers.embedding({ inputDim: 11, outputDim: 4, embeddingsInitializer: weights() }), tf.layers.flatten(), dense(n, 'softmax')]) },
  'embedding, masked lstm': { shape: [5], integers: 11, build: (shape, n) => chain(shape, [tf.layers.embedding({ inputDim: 11, outputDim: 4, maskZero: true, embeddingsInitializer: weights() }), tf.layers.lstm({ units: 6, kernelInitializer: weights(), recurrentInitializer: recurrent.recurrentInitializer() }), dense(n, 'softmax')]) },
  'layer norm': { shape: [20], build: (shape, n) => chain(shape, [dense(16), tf.layers.layerNormalization(), dense(n, 'softmax')]) },
  'batch norm': { shape: [20], build: (shape, n) => chain(shape, [dense(16), tf.layers.batchNormalization(), dense(n, 'softmax')]) },
  'batch norm, cnn': { shape: [8, 8, 1], build: (shape, n) => chain(shape, [conv(4), tf.layers.batchNormalization(), tf.layers.flatten(), dense(n, 'softmax')]) },
  dropout: { shape: [20], build: (shape, n) => chain(shape, [dense(32), tf.layers.dropout({ rate: 0.3 }), dense(16), tf.layers.dropout({ rate: 0.5, seed: 3 }), dense(n, 'softmax')]) },
  noise: { shape: [20], build: (shape, n) => chain(shape, [tf.layers.gaussianNoise({ stddev: 0.1 }), dense(16), tf.layers.gaussianDropout({ rate: 0.2 }), dense(n, 'softmax')]) },
  activations: { shape: [20], build: (shape, n) => chain(shape, [dense(8, 'tanh'), dense(8, 'linear'), tf.layers.elu(), dense(8, 'linear'), tf.layers.leakyReLU(), dense(8, 'linear'), tf.layers.prelu(), dense(n, 'sigmoid')]) },
  regularised: { shape: [20], build: (shape, n) => chain(shape, [tf.layers.dense({ units: 8, activation: 'relu', kernelInitializer: weights(), kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }), biasRegularizer: tf.regularizers.l1({ l1: 0.01 }) }), dense(n, 'softmax')]) },
  residual: {
    shape: [20],
    build: (shape, n) => {
      const x = tf.input({ shape });
      const h = dense(20).apply(x) as tf.SymbolicTensor;
      const sum = tf.layers.add().apply([x, h]) as tf.SymbolicTensor;
      return tf.model({ inputs: x, outputs: dense(n, 'softmax').apply(tf.layers.concatenate().apply([sum, h])) as tf.SymbolicTensor });
    },
  },
};

/** Draws an architecture, and what to train it with; adds it to `models` as `random <number>`. */
export function randomArchitecture(number: number, optimizerNames: string[], losses: string[]) {
  const random = generator(number + 1);
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
  const activation = () => one(['relu', 'tanh', 'sigmoid', 'linear'] as const);
  const image = random() < 0.4;
  const between = (): (() => tf.layers.Layer)[] => [
    ...(random() < 0.3 ? [() => tf.layers.batchNormalization()] : []),
    ...(random() < 0.3 ? [() => tf.layers.layerNormalization()] : []),
    ...(random() < 0.3 ? [() => tf.layers.dropout({ rate: 0.25 })] : []),
  ];
  const block = (): (() => tf.layers.Layer)[] => {
    const size = 2 + Math.floor(random() * 6);
    const kind = activation();
    if (!image) return [() => dense(size, kind), ...between()];
    const more = { padding: one(['same', 'valid'] as const), strides: one([1, 2]), useBias: random() < 0.8 };
    return [() => conv(size, more), ...between()];
  };
  const blocks = many(1 + Math.floor(random() * (image ? 2 : 4)), block).flat();
  const makers = [...blocks, ...(image ? [() => tf.layers.flatten()] : [])];
  models[`random ${number}`] = { shape: image ? [9, 9, 1 + Math.floor(random() * 2)] : [3 + Math.floor(random() * 12)], build: (shape, n) => chain(shape, [...makers.map((make) => make()), dense(n, 'softmax')]) };
  const finite = optimizerNames.filter((name) => !name.includes('centered'));
  const choice = { optimizer: one(finite), loss: one(losses.filter((l) => !l.includes('Percentage'))), batch: 2 + Math.floor(random() * 37), form: one(['stateful', 'gather', 'loop'] as const) };
  return { name: `${image ? 'images' : 'rows'}, ${makers.length} layers, ${choice.optimizer}, ${choice.loss}, batch ${choice.batch}, ${choice.form}`, ...choice };
}

/** The model of that name; two calls give equal weights. */
export function build(name: string, outputs: number): tf.LayersModel {
  seed = 0;
  return models[name]!.build(models[name]!.shape, outputs);
}

export const optimizers: Record<string, () => tf.Optimizer> = {
  adam: () => tf.train.adam(0.003),
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.02, 0.9),
  nesterov: () => tf.train.momentum(0.02, 0.9, true),
  rmsprop: () => tf.train.rmsprop(0.002),
  'rmsprop, centered': () => tf.train.rmsprop(0.002, 0.9, 0.1, 1e-12, true),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.5, 0.9),
  adamax: () => tf.train.adamax(0.003),
};
