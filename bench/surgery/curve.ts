import * as tf from '@tensorflow/tfjs';
import { pipelineSchema, type BackendFacts, type ModelSpec, type Table } from '../../contracts';
import { buildModel, encode, labels, learn, readTensors, standardise, type Features, type Learner } from '../../learning';
import { weightsOf } from '../../learning/models';
import { tensorOf } from '../../learning/learner';
import type { Data } from './data';

/** Steps between two measurements, and steps of the running mean. */
export const every = 25;
export const window = 200;

export interface Trained {
  learner: Learner;
  /** Accuracy on the held-out rows after every 25 steps, 0..1. */
  accuracies: number[];
  steps: number;
}

export interface Training {
  data: Data;
  model: ModelSpec;
  features: Features;
  learned: Table;
  parent: Learner | null;
  seed: number;
  backend: BackendFacts;
}

const { learning: defaults } = pipelineSchema.parse({ name: 'surgery', source: { files: 'x.csv', time: 'time' }, label: { column: 'y' }, model: { mlp: [] }, learning: { strategy: 'fine-tune' } });

/** Trains as a pipeline would, and looks at each of its checkpoints. */
export async function trained({ data, model, features, learned, parent, seed, backend }: Training, measured: boolean): Promise<Trained> {
  const learning = { ...defaults, seed, batch: data.batch, epochs: data.epochs, scratchEpochs: data.epochs };
  const rows = { features, encoded: encode(features, learned), y: labels(features, learned) };
  const judge = measured ? await Judge.make(data, model, features, seed) : null;
  const accuracies: number[] = [];
  const { learner, steps } = await learn({ model, learning, rows, parent, backend, ...(judge ? { checkpoint: { steps: every, save: (bytes) => void accuracies.push(judge.accuracy(bytes)) } } : {}) });
  judge?.dispose();
  return { learner, accuracies, steps };
}

/** The held-out rows, and a model that takes each checkpoint's weights. */
class Judge {
  private constructor(private readonly model: tf.LayersModel, private readonly x: tf.Tensor, private readonly y: tf.Tensor) {}

  static async make({ held }: Data, spec: ModelSpec, features: Features, seed: number): Promise<Judge> {
    const model = await buildModel(spec, { width: features.width, classes: features.classes.length }, seed);
    return new Judge(model, tf.tensor2d(standardise(features, encode(features, held)), [held.rows, features.width]), tf.tensor1d(labels(features, held), 'int32'));
  }

  accuracy(checkpoint: Uint8Array): number {
    const { arrays } = readTensors(checkpoint, 'checkpoint');
    return tf.tidy(() => {
      for (const { name, variable } of weightsOf(this.model)) variable.assign(tensorOf(arrays[`weights:${name}`]!));
      return (this.model.apply(this.x) as tf.Tensor).argMax(1).equal(this.y).mean().dataSync()[0]!;
    });
  }

  dispose(): void {
    this.model.dispose();
    tf.dispose([this.x, this.y]);
  }
}

/** Means over 200 steps, by the step that each ends with. */
export function runningMeans(accuracies: number[]): { step: number; mean: number }[] {
  const size = window / every;
  return accuracies.slice(size - 1).map((_, i) => ({ step: (i + size) * every, mean: accuracies.slice(i, i + size).reduce((sum, value) => sum + value, 0) / size }));
}
