import * as tf from '@tensorflow/tfjs';
import { standardise } from '../features';
import { crossEntropy } from '../losses';
import type { Memory } from '../memory';
import { bodyOf, headOf, rowShape, type Weight } from '../models';
import { Random, seedFor } from '../random';
import type { ByWeight, Past, Rows, Session } from '../strategies';
import type { Job } from './job';
import { gather } from './recall';
import { sweep } from './sweep';
import type { Teacher } from './teacher';

interface Parts {
  job: Job;
  model: tf.LayersModel;
  previous: Teacher | null;
  trained: Weight[];
  state: Map<string, tf.Variable>;
  memory: Memory | null;
  /** Steps taken in this training. */
  steps(): number;
}

/** What the strategy sees. Its members stand alone, so that a strategy can take the ones that it needs. */
export class TrainingSession implements Session {
  readonly model: tf.LayersModel;
  readonly state: Map<string, tf.Variable>;
  readonly weights: ByWeight<tf.Variable>;
  readonly seen: readonly number[];
  readonly heads: Session['heads'];
  readonly previous: Session['previous'];
  readonly previousFeatures: Session['previousFeatures'];
  readonly dropouts: { seed: number | undefined }[];
  private passes = 0;
  private readonly bodies = new Map<tf.LayersModel, tf.LayersModel | null>();

  constructor(private readonly parts: Parts) {
    const { model, previous, state, trained, job } = parts;
    this.model = model;
    this.state = state;
    this.weights = Object.fromEntries(trained.map(({ name, variable }) => [name, variable]));
    this.seen = job.seen;
    this.heads = job.features.heads?.classes ?? null;
    this.previous = previous && ((x) => previous.logits(x));
    this.previousFeatures = previous && ((x) => this.featuresOf(previous.model, previous.see(x)));
    this.dropouts = model.layers.filter((layer) => layer.getClassName().includes('Dropout')) as never;
  }

  get head(): Session['head'] {
    return headOf(this.model);
  }

  /** Every pass of a step drops other units, and the same ones when the step is taken again. */
  readonly logits: Session['logits'] = (x) => {
    this.passes++;
    this.dropouts.forEach((layer, i) => (layer.seed = seedFor(this.parts.job.learning.seed, 'dropout', i, this.lineageStep, this.passes)));
    return this.model.apply(x, { training: true }) as tf.Tensor2D;
  };

  readonly features: Session['features'] = (x) => this.featuresOf(this.model, x);

  readonly crossEntropy: Session['crossEntropy'] = (logits, y) => crossEntropy(logits, y, this.heads);

  readonly gradients: Session['gradients'] = (loss) => this.named(loss).grads;

  /** A loss and its gradients, by the weights' names. */
  readonly named = (loss: () => tf.Scalar): { value: tf.Scalar; grads: ByWeight } => {
    const { trained } = this.parts;
    const { value, grads } = tf.variableGrads(loss, trained.map(({ variable }) => variable));
    return { value, grads: Object.fromEntries(trained.map(({ name, variable }) => [name, grads[variable.name]!])) };
  };

  readonly random: Session['random'] = (purpose) => new Random(this.parts.job.learning.seed, purpose, this.lineageStep);

  get rows(): Session['rows'] {
    const { job } = this.parts;
    return { count: job.y.length, private: job.private, take: (indices) => this.tensors(gather(job.x, indices, job.features.width), indices.map((row) => job.y[row]!)) };
  }

  get memory(): Session['memory'] {
    const { memory, job } = this.parts;
    if (!memory) return null;
    return {
      count: memory.size,
      take: (places) => ({
        ...this.tensors(standardise(job.features, gather(memory.x, places, memory.width)), places.map((place) => memory.y[place]!)),
        kept: Object.fromEntries(Object.entries(memory.kept()).map(([name, { width, values }]) => [name, tf.tensor2d(gather(values, places, width), [places.length, width])])),
      }),
    };
  }

  readonly sweep: Session['sweep'] = async (from, visit, { batch = 256, rows } = {}) => {
    const { job, memory } = this.parts;
    const count = from === 'rows' ? job.y.length : (memory?.size ?? 0);
    if (count === 0) return;
    const all = Int32Array.from({ length: count }, (_, i) => i);
    const tensors: Past = from === 'rows' ? { ...this.tensors(job.x, job.y), kept: {} } : this.memory!.take(all);
    try {
      await sweep({ rows: tensors, order: rows ?? all, batch, compiled: job.native }, visit);
    } finally {
      tf.dispose(tensors as never);
    }
  };

  /** A new step begins: its passes are counted from here. */
  beginStep(): void {
    this.passes = 0;
  }

  /** Scaled rows as the model takes them. */
  tensors(x: Float32Array, y: Int32Array): Rows {
    return { x: tf.tensor(x, [y.length, ...rowShape(this.model)]), y: tf.tensor1d(y, 'int32') };
  }

  /** Leaves the model as it would be without this training's draws, and lets go of what it made. */
  dispose(): void {
    this.dropouts.forEach((layer) => (layer.seed = undefined));
    // A body has the model's own layers: to dispose of it would be to dispose of them.
    this.bodies.clear();
  }

  private featuresOf(model: tf.LayersModel, x: tf.Tensor): tf.Tensor2D {
    if (!this.bodies.has(model)) this.bodies.set(model, bodyOf(model));
    return (this.bodies.get(model)?.apply(x) ?? x) as tf.Tensor2D;
  }

  private get lineageStep(): number {
    return (this.parts.job.parent?.steps ?? 0) + this.parts.steps();
  }
}
