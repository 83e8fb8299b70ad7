import * as tf from '@tensorflow/tfjs';
import { CorruptArtifact, TrainingDiverged, type Pipeline } from '../../contracts';
import { compensate, firstDense, standardise } from '../features';
import { cloneModel, readVariable, readWeights, tensorOf, type Learner } from '../learner';
import { Memory } from '../memory';
import { buildModel, rowShape, trainableWeightsOf, weightsOf, type Weight } from '../models';
import { createOptimizer, disposeOptimizer, readOptimizer, restoreOptimizer, type OptimizerState } from '../optimizer';
import { Random, seedFor } from '../random';
import type { Rows, Session, Step } from '../strategies';
import type { NamedArrays } from '../tensors-file';
import type { Checkpoint, TrainingForm } from './checkpoint';
import { CompiledStep } from './compiled-step';
import type { Job } from './job';
import { traced } from './traced';

/** The moving parts of one training: model, optimizer, memory, the strategy's tensors. Takes steps; knows no clock and no files. */
export class Trainer {
  private readonly trained: Weight[];
  private readonly optimizer: tf.Optimizer;
  private readonly memory: Memory | null;
  private readonly state = new Map<string, tf.Variable>();
  private readonly dropouts: { seed: number | undefined }[];
  private readonly session: Session;
  private order = new Int32Array();
  private passes = 0;
  private compiled: CompiledStep | null = null;
  /** Steps taken in this training. */
  step = 0;

  private constructor(private readonly job: Job, readonly model: tf.LayersModel, private readonly previous: tf.LayersModel | null, optimizer: OptimizerState | null) {
    const { learning, strategy, parent, features } = job;
    this.trained = trainableWeightsOf(model);
    this.optimizer = createOptimizer(learning.optimizer, learning.rate);
    if (optimizer?.name === learning.optimizer) restoreOptimizer(this.optimizer, optimizer, this.trained);
    this.memory = strategy.memory ? new Memory(strategy.memory, features.width, features.classes.length) : null;
    this.restoreStrategy(parent?.strategy?.memory ?? null, parent?.strategy?.strategy === learning.strategy.name ? parent.strategy.tensors : {});
    this.dropouts = model.layers.filter((layer) => layer.getClassName().includes('Dropout')) as never;
    this.session = {
      model,
      logits: (x) => this.forward(x),
      previous: previous && ((x) => previous.apply(x) as tf.Tensor2D),
      state: this.state,
      rows: { count: job.y.length, take: (indices) => this.rows(job.x, job.y, indices) },
      random: (purpose) => new Random(learning.seed, purpose, this.lineageStep),
    };
  }

  /** Builds or continues the model and lets the strategy begin, or goes on from a checkpoint. */
  static async start(pipeline: { model: Pipeline['model'] }, job: Job, checkpoint: Checkpoint | null): Promise<Trainer> {
    const { parent, features, learning } = job;
    const shape = { width: features.width, classes: features.classes.length };
    const model = parent ? await cloneModel(parent.model) : await buildModel(pipeline.model, shape, learning.seed);
    const optimizer = parent && features !== parent.features && firstDense(model) ? compensate(model, parent.optimizer, parent.features, features) : (parent?.optimizer ?? null);
    const previous = parent && job.strategy.previous ? await cloneModel(model) : null;
    const trainer = new Trainer(job, model, previous, optimizer);
    try {
      if (checkpoint) trainer.restore(checkpoint);
      else await job.strategy.begin?.(trainer.session);
      if (job.compiled) trainer.compile();
    } catch (error) {
      trainer.dispose();
      model.dispose();
      throw error;
    }
    return trainer;
  }

  get form(): TrainingForm {
    return this.compiled ? 'graph' : 'eager';
  }

  /** Whether the other form would give other bits here: oneDNN rounds by a kernel's surroundings, and a graph draws other masks. */
  get formMatters(): boolean {
    return this.job.onednn || this.dropouts.length > 0;
  }

  /** One step of the optimizer. Returns the loss before it, and how many rows it touched. */
  next(): { loss: number; rows: number } {
    const { learning, stepsPerEpoch, y } = this.job;
    const index = this.step % stepsPerEpoch;
    if (index === 0 || this.order.length === 0) {
      const epoch = Math.floor(this.step / stepsPerEpoch);
      this.order = new Random(learning.seed, 'order', this.lineageStep - index, epoch).permutation(y.length) as Int32Array<ArrayBuffer>;
    }
    const chosen = this.order.subarray(index * learning.batch, (index + 1) * learning.batch);
    const places = this.memory?.size ? this.memory.sample(chosen.length, this.session.random('past')) : null;
    const loss = this.compiled ? this.compiled.take(chosen, places) : this.eagerly(chosen, places);
    this.step++;
    if (!Number.isFinite(loss)) {
      throw new TrainingDiverged(
        `the loss is ${loss} at step ${this.step} of ${this.job.steps} with learning.rate ${learning.rate}; ` +
          `lower the rate (try ${learning.rate / 10}), or look for extreme values in the columns`,
      );
    }
    return { loss, rows: chosen.length + (places?.length ?? 0) };
  }

  /** From now on steps run as one graph, where they can. */
  compile(): void {
    const { x, y, learning, features } = this.job;
    const remembered = this.memory?.size ? this.rows(standardise(features, this.memory.x.subarray(0, this.memory.size * features.width)), this.memory.y.subarray(0, this.memory.size), null) : null;
    const context = { ...this.session, rows: traced<Session['rows']>('rows'), random: traced<Session['random']>('random') };
    this.compiled = CompiledStep.make(
      (batch, past) => this.apply({ ...context, number: traced<number>('number'), batch, past }),
      { batch: this.rows(x, y, null), past: remembered },
      learning.batch,
      seedFor(learning.seed, 'dropout', this.lineageStep - this.step),
      this.step,
    );
  }

  private eagerly(chosen: Int32Array, places: Int32Array | null): number {
    this.passes = 0;
    return tf.tidy(() => this.apply({ ...this.session, number: this.step, batch: this.session.rows.take(chosen), past: places && this.remembered(places) }).dataSync()[0]!);
  }

  /** What a step is, eager or traced: loss, gradients, the strategy's changes, the optimizer. Returns the loss. */
  private apply(step: Step): tf.Scalar {
    const { strategy } = this.job;
    const { value, grads } = tf.variableGrads(() => this.loss(step), this.trained.map(({ variable }) => variable));
    const named = Object.fromEntries(this.trained.map(({ name, variable }) => [name, grads[variable.name]!]));
    const applied = strategy.gradients?.(step, named) ?? named;
    this.optimizer.applyGradients(this.trained.map(({ name, variable }) => ({ name: variable.name, tensor: applied[name]! })));
    strategy.after?.(step, applied);
    return value;
  }

  /** Lets the strategy end, offers the rows to the memory, and gives the model away. */
  async finish(): Promise<Learner> {
    this.compiled?.pull();
    await this.job.strategy.end?.(this.session);
    this.memory?.offer(this.job.encoded, this.job.y, this.job.learning.seed);
    this.dropouts.forEach((layer) => (layer.seed = undefined));
    const { memory, tensors, optimizer } = this.snapshot();
    const carried = memory !== null || this.state.size > 0;
    return {
      model: this.model,
      features: this.job.features,
      steps: this.lineageStep,
      optimizer,
      strategy: carried ? { strategy: this.job.learning.strategy.name, memory, tensors } : null,
    };
  }

  /** All that changes from step to step. */
  snapshot(): Pick<Checkpoint, 'step' | 'form' | 'weights' | 'optimizer' | 'memory' | 'tensors'> {
    this.compiled?.pull();
    return {
      step: this.step,
      form: this.form,
      weights: readWeights(this.model),
      optimizer: readOptimizer(this.optimizer, this.job.learning.optimizer, this.trained),
      memory: this.memory?.arrays() ?? null,
      tensors: Object.fromEntries([...this.state].map(([name, variable]) => [name, readVariable(variable)])),
    };
  }

  /** Frees all but the model. */
  dispose(): void {
    this.compiled?.dispose();
    disposeOptimizer(this.optimizer);
    this.previous?.dispose();
    tf.dispose([...this.state.values()]);
  }

  private get lineageStep(): number {
    return (this.job.parent?.steps ?? 0) + this.step;
  }

  private loss(step: Step): tf.Scalar {
    return [this.job.strategy.loss(step), ...this.model.calculateLosses()].reduce((sum, term) => sum.add(term));
  }

  /** Every pass of a step drops other units, and the same ones when the step is taken again. */
  private forward(x: tf.Tensor): tf.Tensor2D {
    this.passes++;
    this.dropouts.forEach((layer, i) => (layer.seed = seedFor(this.job.learning.seed, 'dropout', i, this.lineageStep, this.passes)));
    return this.model.apply(x, { training: true }) as tf.Tensor2D;
  }

  private remembered(places: Int32Array): Rows {
    const { features } = this.job;
    const x = standardise(features, gather(this.memory!.x, places, features.width));
    return this.rows(x, places.map((place) => this.memory!.y[place]!), null);
  }

  private rows(x: Float32Array, y: Int32Array, indices: Int32Array | null): Rows {
    const count = (indices ?? y).length;
    return {
      x: tf.tensor(indices ? gather(x, indices, this.job.features.width) : x, [count, ...rowShape(this.model)]),
      y: tf.tensor1d(indices ? indices.map((row) => y[row]!) : y, 'int32'),
    };
  }

  private restore(checkpoint: Checkpoint): void {
    this.step = checkpoint.step;
    for (const { name, variable } of weightsOf(this.model)) {
      const array = checkpoint.weights[name];
      if (array?.shape.join() !== variable.shape.join()) throw new CorruptArtifact(`checkpoint: the weight ${name} is missing or has another shape; remove the checkpoint`);
      tf.tidy(() => variable.assign(tensorOf(array)));
    }
    restoreOptimizer(this.optimizer, checkpoint.optimizer, this.trained);
    this.restoreStrategy(checkpoint.memory, checkpoint.tensors);
  }

  private restoreStrategy(memory: NamedArrays | null, tensors: NamedArrays): void {
    if (memory) this.memory?.restore(memory, this.job.learning.seed);
    tf.dispose([...this.state.values()]);
    this.state.clear();
    for (const [name, array] of Object.entries(tensors)) this.state.set(name, tf.tidy(() => tensorOf(array).variable(false)));
  }
}

function gather(x: Float32Array, rows: Int32Array, width: number): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  rows.forEach((row, i) => gathered.set(x.subarray(row * width, (row + 1) * width), i * width));
  return gathered;
}
