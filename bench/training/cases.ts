import * as tf from '@tensorflow/tfjs';

/** One network, with the same architecture in tfjs (here) and in Keras (keras_side.py). */
export interface Case {
  name: string;
  shape: number[];
  classes: number;
  batch: number;
  rows: number;
  convolution: boolean;
  parameters: number;
  layers: () => tf.layers.Layer[];
}

const dense = (units: number, activation?: 'relu' | 'softmax') => tf.layers.dense({ units, ...(activation ? { activation } : {}) });
const mlp = (hidden: number[], classes: number) => () => [...hidden.map((units) => dense(units, 'relu')), dense(classes, 'softmax')];
const conv = (filters: number) => [tf.layers.conv2d({ filters, kernelSize: 3, activation: 'relu' }), tf.layers.maxPooling2d({ poolSize: 2 })];

export const cases: Case[] = [
  { name: 'mlp', shape: [20], classes: 2, batch: 32, rows: 6400, convolution: false, parameters: 5_634, layers: mlp([64, 64], 2) },
  { name: 'cnn', shape: [28, 28, 1], classes: 10, batch: 64, rows: 1280, convolution: true, parameters: 56_714, layers: () => [...conv(16), ...conv(32), tf.layers.flatten(), dense(64, 'relu'), dense(10, 'softmax')] },
  { name: 'split', shape: [784], classes: 10, batch: 128, rows: 6400, convolution: false, parameters: 478_410, layers: mlp([400, 400], 10) },
  { name: 'lstm', shape: [50, 8], classes: 2, batch: 32, rows: 1280, convolution: false, parameters: 18_818, layers: () => [tf.layers.lstm({ units: 64 }), dense(2, 'softmax')] },
];
const large = (of: string, rows: number): Case => ({ ...cases.find((c) => c.name === of)!, name: `${of}1024`, batch: 1024, rows });
cases.push(large('mlp', 10240), large('cnn', 2048), large('split', 5120), large('lstm', 2048));

/** 20 million weights, 240 MB with Adam's moments: copied to a device and back in each step, they would take longer than the step. */
export const wide: Case = { name: 'wide', shape: [784], classes: 10, batch: 128, rows: 12800, convolution: false, parameters: 20_000_000, layers: mlp([4096, 4096], 10) };

export function build({ shape, layers }: Case): tf.LayersModel {
  const input = tf.input({ shape });
  const model = tf.model({ inputs: input, outputs: layers().reduce<tf.SymbolicTensor>((x, layer) => layer.apply(x) as tf.SymbolicTensor, input) });
  model.compile({ optimizer: tf.train.adam(1e-3), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

export function data({ shape, classes, rows }: Case): { x: tf.Tensor; y: tf.Tensor } {
  const y = tf.oneHot(tf.randomUniform([rows], 0, classes, 'int32', 2), classes).toFloat();
  return { x: tf.randomNormal([rows, ...shape], 0, 1, 'float32', 1), y };
}
