/**
 * A program of its own, so that oneDNN can be switched off before TensorFlow is loaded: trains each case eagerly and
 * compiled from the same weights on the same rows, and prints what differs, one line of JSON for each case.
 * Arguments: the group of cases, and the number of steps.
 */
import * as tf from '@tensorflow/tfjs';
import { loadBackend } from '../../learning/backend';
import { compile, type Compiled, type Tensors } from '../../learning/compiled';
import { runEagerly } from '../../learning/compiled/check';
import { build, models, optimizers, randomArchitecture, trainFunction } from './models';

interface Case {
  name: string;
  model: string;
  optimizer: string;
  loss: string;
  form: 'stateful' | 'gather' | 'loop';
  batch: number;
}
const usual: Case = { name: '', model: 'mlp', optimizer: 'adam', loss: 'categoricalCrossentropy', form: 'loop', batch: 30 };
const losses = ['meanSquaredError', 'meanAbsoluteError', 'meanAbsolutePercentageError', 'meanSquaredLogarithmicError', 'squaredHinge', 'hinge', 'categoricalHinge', 'logcosh', 'categoricalCrossentropy', 'sparseCategoricalCrossentropy', 'binaryCrossentropy', 'kullbackLeiblerDivergence', 'poisson', 'cosineProximity'];

/** A case drawn by its number: layers, optimizer, loss, batch size and form. */
function randomCase(number: number): Case {
  const { name, ...choice } = randomArchitecture(number, Object.keys(optimizers), losses);
  return { ...usual, name: `${number}: ${name}`, ...choice, model: `random ${number}` };
}

const groups: Record<string, Case[]> = {
  forms: ['mlp', 'cnn'].flatMap((model) => (['stateful', 'gather', 'loop'] as const).map((form) => ({ ...usual, name: `${model}, ${form}`, model, form }))),
  layers: Object.keys(models).map((model) => ({ ...usual, name: model, model })),
  optimizers: Object.keys(optimizers).map((optimizer) => ({ ...usual, name: optimizer, optimizer, model: optimizer.includes('centered') ? 'activations' : 'mlp' })),
  random: Array.from({ length: 12 }, (_, i) => randomCase(i + Number(process.env.SEED ?? 0))),
  losses: losses.map((loss) => ({ ...usual, name: loss, loss })),
};
const rows = 90;
const classes = 3;

function data(kase: Case): { x: tf.Tensor; y: tf.Tensor } {
  const { shape, integers } = models[kase.model]!;
  const x = integers ? tf.randomUniform([rows, ...shape], 0, integers, 'int32', 5) : tf.randomNormal([rows, ...shape], 0, 1, 'float32', 5);
  const labels = tf.tensor1d(Array.from({ length: rows }, (_, i) => (i * 7) % classes), 'int32');
  return { x: x.toFloat(), y: kase.loss.startsWith('sparse') ? labels.toFloat() : tf.oneHot(labels, classes).toFloat() };
}

function order(steps: number, batch: number): Int32Array {
  let state = 1;
  return Int32Array.from({ length: steps * batch }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % rows);
}

function make(kase: Case) {
  const model = build(kase.model, classes);
  model.compile({ optimizer: optimizers[kase.optimizer]!(), loss: kase.loss, metrics: kase.loss.startsWith('sparse') ? ['accuracy'] : ['accuracy', 'mse'] });
  const train = trainFunction(model);
  const step = ({ x, y }: { x: tf.Tensor; y: tf.Tensor }) => train([x, y]);
  return { model, step };
}

const take = (data: { x: tf.Tensor; y: tf.Tensor }, numbers: Int32Array) => tf.tidy(() => {
  const index = tf.tensor1d(numbers, 'int32');
  return { x: tf.gather(data.x, index), y: tf.gather(data.y, index) };
});

function eagerly(kase: Case, all: { x: tf.Tensor; y: tf.Tensor }, numbers: Int32Array, steps: number) {
  const { model, step } = make(kase);
  const counter = tf.variable(tf.scalar(0, 'int32'), false);
  const outputs: number[] = [];
  for (let i = 0; i < steps; i++) {
    const batch = take(all, numbers.subarray(i * kase.batch, (i + 1) * kase.batch));
    outputs.push(...runEagerly(step as unknown as (inputs: Tensors) => Tensors, batch, { seed: 0, counter }).map((v) => v[0]!));
    tf.dispose(batch);
  }
  return { outputs, model };
}

function compiled(kase: Case, all: { x: tf.Tensor; y: tf.Tensor }, numbers: Int32Array, steps: number) {
  const { model, step } = make(kase);
  const example = take(all, numbers.subarray(0, kase.batch));
  let reason = '';
  const run = compile(step, { inputs: example, warn: (message) => (reason = message) }) as Compiled<{ x: tf.Tensor; y: tf.Tensor }, tf.Tensor[]>;
  const outputs: number[] = [];
  const collect = (result: tf.Tensor[]) => {
    const columns = result.map((t) => t.dataSync());
    for (let i = 0; i < columns[0]!.length; i++) outputs.push(...columns.map((c) => c[i]!));
    tf.dispose(result);
  };
  for (let i = 0; i < steps;) {
    // Loops of 1, 3, 5, … steps, so that calls of several lengths follow each other.
    const count = kase.form === 'loop' ? Math.min(steps - i, 2 * i + 1) : 1;
    const chosen = numbers.subarray(i * kase.batch, (i + count) * kase.batch);
    if (kase.form === 'loop') collect(run.loop(all, chosen, count));
    else if (kase.form === 'gather') collect(run.gather(all, chosen));
    else {
      const batch = take(all, chosen);
      collect(run(batch));
      tf.dispose(batch);
    }
    i += count;
  }
  run.pull();
  run.dispose();
  tf.dispose(example);
  return { outputs, model, mode: run.mode, reason };
}

function compare(kase: Case, steps: number) {
  const all = data(kase);
  const numbers = order(steps, kase.batch);
  const eager = eagerly(kase, all, numbers, steps);
  const graph = compiled(kase, all, numbers, steps);
  let exact = eager.outputs.length === graph.outputs.length && eager.outputs.every((v, i) => Object.is(v, graph.outputs[i]) || v === graph.outputs[i]);
  let difference = 0;
  const values = (model: tf.LayersModel) => model.getWeights().map((w) => w.dataSync() as Float32Array);
  const expected = values(eager.model);
  values(graph.model).forEach((got, k) => {
    const want = expected[k]!;
    let sum = 0;
    let size = 0;
    want.forEach((w, i) => {
      if (w !== got[i] && !(Number.isNaN(w) && Number.isNaN(got[i]!))) exact = false;
      sum += (w - got[i]!) ** 2;
      size += w * w;
    });
    difference = Math.max(difference, Math.sqrt(sum) / (Math.sqrt(size) || 1));
  });
  const moved = expected.some((w) => w.some((v) => !Number.isFinite(v)));
  return { name: kase.name, mode: graph.mode, reason: graph.reason, exact, difference, finite: !moved, lastLoss: eager.outputs.at(-3) };
}

async function main(): Promise<void> {
  const [group = 'forms', steps = '20', only] = process.argv.slice(2);
  await loadBackend(['native'], { convolution: false });
  for (const kase of groups[group]!) if (!only || kase.name === only) console.log(JSON.stringify(compare(kase, Number(steps))));
}

void main();
