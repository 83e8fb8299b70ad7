import * as tf from '@tensorflow/tfjs';
import type { BackendFacts, PipelineInput } from '../../../contracts';
import { buildModel, learn, loadBackend, type EncodedRows, type Learner } from '../../../learning';
import { weightsOf } from '../../../learning/models';
import reference from '../reference/regularisers.json';
import { pipelineWith } from '../tables';

type Case = keyof typeof reference.cases;
type Strategy = NonNullable<PipelineInput['learning']>['strategy'];

let backend: BackendFacts;
beforeAll(async () => {
  backend = await loadBackend(['native'], { convolution: false });
});

/** The reference's network with its first weights, which has learned from nothing yet. */
export async function initial({ heads = false, dropout = 0 } = {}): Promise<Learner> {
  const model = await buildModel({ mlp: [4], activation: 'relu', dropout }, { width: 3, classes: 4 }, 1);
  setWeights(model, reference.initial);
  const classes = ['0', '1', '2', '3'];
  const inputs = ['a', 'b', 'c'].map((column) => ({ kind: 'number', column, count: 0, mean: 0, m2: 0, origin: 0, indicator: false }) as const);
  return {
    model,
    features: {
      format: 1, label: 'label', classes, inputs, width: 3, scaler: 'shared', shared: { mean: 0, sd: 1 },
      ...(heads ? { heads: { column: 'task', names: ['first', 'second'], classes: [[0, 1], [2, 3]] } } : {}),
    },
    steps: 0,
    seen: [0, 0, 0, 0],
    optimizer: null,
    strategy: null,
  };
}

export function setWeights(model: tf.LayersModel, values: Record<string, number[]>): void {
  tf.tidy(() => weightsOf(model).forEach(({ name, variable }) => variable.assign(tf.tensor(values[name]!, variable.shape))));
}

/** The rows of the reference's three tasks. */
export const tasks = reference.tasks.map(({ x, y }) => ({ encoded: Float32Array.from(x), y: Int32Array.from(y) }));

/** One training as the reference has it: 5 full-batch steps of gradient descent. */
export async function learned(parent: Learner, rows: Omit<EncodedRows, 'features'>, strategy: Strategy, more: PipelineInput['learning'] = {}): Promise<Learner> {
  const { learning, model } = pipelineWith({ strategy, optimizer: 'sgd', rate: 0.2, batch: 12, epochs: 5, ...more }, { mlp: [4] });
  return (await learn({ model, learning, rows: { ...rows, features: parent.features }, parent, backend })).learner;
}

/** The learner after each of the three tasks. */
export async function lineage(strategy: Strategy, heads = false): Promise<Learner[]> {
  const learners: Learner[] = [];
  for (const rows of tasks) learners.push(await learned(learners.at(-1) ?? (await initial({ heads })), rows, strategy));
  return learners;
}

/** Expects the weights after each task to be those of the reference. */
export function expectWeights(learners: Learner[], name: Case): void {
  learners.forEach(({ model }, task) => {
    for (const weight of weightsOf(model)) {
      const { weights } = reference.cases[name][task]! as { weights: Record<string, number[]> };
      expectClose(weight.variable.dataSync<'float32'>(), weights[weight.name]!, `${weight.name} after task ${task + 1}`);
    }
  });
}

/** Expects what a strategy carries for each weight after each task to be the reference's. */
export function expectCarried(learners: Learner[], name: Case, what: string): void {
  learners.forEach(({ strategy }, task) => {
    const expected = (reference.cases[name][task]! as Record<string, Record<string, number[]>>)[what]!;
    for (const [weight, values] of Object.entries(expected)) {
      expectClose(strategy!.tensors[`${what}/${weight}`]!.values as Float32Array, values, `${what}/${weight} after task ${task + 1}`);
    }
  });
}

/** float32 against float64: 5 digits. */
export function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, where: string): void {
  const worst = Math.max(...Array.from(expected, (value, i) => Math.abs(found[i]! - value)));
  expect({ where, length: found.length, close: worst < 1e-5 || worst }).toEqual({ where, length: expected.length, close: true });
}

/** Bytes of what a version carries besides the model. */
export const carriedBytes = ({ strategy }: Learner): number => Object.values(strategy?.tensors ?? {}).reduce((sum, { values }) => sum + values.byteLength, 0);

/** Numbers in the reference's network. */
export const parameters = 3 * 4 + 4 + 4 * 4 + 4;
