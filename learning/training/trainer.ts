import * as tf from '@tensorflow/tfjs';
import { CorruptArtifact, TrainingDiverged } from '../../contracts';
import { CannotCompile } from '../compiled';
import { compensate, compensateState, firstDense, silenceConstants } from '../features';
import { cloneModel, readVariable, readWeights, tensorOf, type Learner } from '../learner';
import { buildModel, trainableWeightsOf, weightsOf, type Weight } from '../models';
import { createOptimizer, disposeOptimizer, readOptimizer, restoreOptimizer, setRate, type OptimizerState } from '../optimizer';
import { Random, seedFor } from '../random';
import type { Past, Rows, Step } from '../strategies';
import type { NamedArrays } from '../tensors-file';
import type { Checkpoint, TrainingForm } from './checkpoint';
import { CompiledStep, type Picked, type StepResult } from './compiled-step';
import type { Job } from './job';
import { meanLoss } from './mean-loss';
import { Recall } from './recall';
import { TrainingSession } from './session';
import { joined, read, type Taken } from './taken';
import { Teacher } from './teacher';
import { traced } from './traced';

/** Rows at once where all of a training's rows are looked at once more. */
const rowsAtOnce = 512;

/** The moving parts of one training: model, optimizer, memory, the strategy's tensors. Takes steps; knows no clock and no files. */
export class Trainer {
  private readonly trained: Weight[];
  private readonly optimizer: tf.Optimizer;
  private readonly recall: Recall | null;
  private readonly state = new Map<string, tf.Variable>();
  private readonly session: TrainingSession;
  private order = new Int32Array();
  private compiled: CompiledStep | null = null;
  /** Steps taken in this training. */
  step = 0;

  private constructor(private readonly job: Job, readonly model: tf.LayersModel, private readonly previous: Teacher | null, optimizer: OptimizerState | null, tensors: NamedArrays) {
    const { learning, strategy, carried } = job;
    this.trained = trainableWeightsOf(model);
    this.optimizer = createOptimizer(learning.optimizer, learning.rate);
    if (optimizer?.name === learning.optimizer) restoreOptimizer(this.optimizer, optimizer, this.trained);
    this.recall = strategy.memory ? new Recall(job) : null;
    this.restoreStrategy('version', job.memory ? null : (carried?.memory ?? null), tensors);
    this.session = new TrainingSession({ job, model, previous, trained: this.trained, state: this.state, memory: this.recall?.memory ?? null, steps: () => this.step });
  }

  /** Builds or continues the model and lets the strategy begin, or goes on from a checkpoint. */
  static async start(job: Job, checkpoint: Checkpoint | null): Promise<Trainer> {
    const { parent, features, learning } = job;
    const shape = { width: features.width, classes: features.classes.length, names: features.classes };
    const model = parent ? await cloneModel(parent.model) : await buildModel(job.model, shape, learning.seed);
    if (!parent) silenceConstants(model, features);
    const rescaled = parent && features !== parent.features && firstDense(model) ? parent.features : null;
    const moments = job.strategy.freshOptimizer ? null : (parent?.optimizer ?? null);
    const optimizer = rescaled ? compensate(model, moments, rescaled, features) : moments;
    const carried = job.carried?.strategy === learning.strategy.name ? job.carried.tensors : {};
    const tensors = rescaled ? compensateState(model, carried, rescaled, features) : carried;
    const previous = !job.strategy.previous ? null : job.teacher ? await Teacher.from(job.teacher, features) : parent && (await Teacher.copyOf(model));
    const trainer = new Trainer(job, model, previous, optimizer, tensors);
    try {
      if (checkpoint) trainer.restore(checkpoint);
      else await job.strategy.begin?.(trainer.session);
      if (job.compiled && trainer.step < job.steps) trainer.compile();
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
    return this.job.onednn || this.session.dropouts.length > 0;
  }

  /** One step of the optimizer. Returns the loss before it, and how many rows it touched. */
  next(): { loss: number; rows: number } {
    const { learning } = this.job;
    const { chosen, places } = this.choose();
    if (learning.warmup) setRate(this.optimizer, this.rate);
    const { loss, kept } = this.compiled ? this.inGraph(chosen, places) : this.eagerly(chosen, places);
    if (this.keeping) this.recall!.offer(chosen, kept);
    this.step++;
    if (!Number.isFinite(loss)) throw this.diverged(`the loss is ${loss} at step ${this.step} of ${this.job.steps}`);
    return { loss, rows: chosen.length + places.reduce((sum, draw) => sum + draw.length, 0) };
  }

  /** Which rows the next step takes, and which places of the memory each of its draws. */
  private choose(): { chosen: Int32Array; places: Int32Array[] } {
    const { learning, stepsPerEpoch, y } = this.job;
    const index = this.step % stepsPerEpoch;
    if (index === 0 || this.order.length === 0) {
      this.order = new Random(learning.seed, 'order', this.lineageStep - index, this.epoch).permutation(y.length) as Int32Array<ArrayBuffer>;
    }
    const batch = Math.floor(index / this.repeats);
    const chosen = this.order.subarray(batch * learning.batch, (batch + 1) * learning.batch);
    return { chosen, places: this.recall?.draw(chosen.length, this.session.random) ?? [] };
  }

  /** From now on steps run as one graph, where they can. */
  private compile(): void {
    const { learning } = this.job;
    const { x, y } = this.recall?.resident() ?? this.job;
    const changing = ['rows', 'memory', 'sweep', 'random', 'number'] as const;
    const context = extended<Step>(this.session, Object.fromEntries(changing.map((name) => [name, traced(name)])));
    const { chosen, places } = this.choose();
    const first = this.picked(chosen, places);
    this.compiled = CompiledStep.make(
      (batch, draws, keeping) => this.apply(context, batch, draws, keeping),
      this.session.tensors(x, y),
      first,
      seedFor(learning.seed, 'dropout', this.lineageStep - this.step),
      this.step,
    );
    disposeKept(first);
  }

  private inGraph(chosen: Int32Array, places: Int32Array[]): Taken {
    const picked = this.picked(chosen, places);
    try {
      return read(this.compiled!.take(picked));
    } catch (error) {
      if (!(error instanceof CannotCompile)) throw error;
      this.compiled!.dispose();
      this.compiled = null;
      return this.eagerly(chosen, places);
    } finally {
      disposeKept(picked);
    }
  }

  private eagerly(chosen: Int32Array, places: Int32Array[]): Taken {
    this.session.beginStep();
    const context = extended<Step>(this.session, { number: this.step });
    tf.engine().startScope('step');
    try {
      return read(this.apply(context, this.session.rows.take(chosen), places.map((draw) => this.session.memory!.take(draw)), this.keeping));
    } finally {
      tf.engine().endScope();
    }
  }

  private picked(batch: Int32Array, places: Int32Array[]): Picked {
    return { batch, keeping: this.keeping, draws: places.map((draw) => ({ rows: this.recall!.rowsAt(draw), kept: this.recall!.keptAt(draw) })) };
  }

  /** What a step is, eager or traced: loss, gradients, the strategy's changes, the optimizer. */
  private apply(context: Step, batch: Rows, draws: Past[], keeping: boolean): StepResult {
    const { strategy } = this.job;
    const [past, ...others] = draws;
    const step = extended<Step>(context, { batch, past: past ?? null, others });
    const kept = keeping ? (strategy.keep?.(step) ?? {}) : {};
    const { value, grads } = this.session.named(() => this.loss(step));
    const applied = strategy.gradients?.(step, grads) ?? grads;
    this.optimizer.applyGradients(this.trained.map(({ name, variable }) => ({ name: variable.name, tensor: applied[name]! })));
    strategy.after?.(step, applied);
    return { loss: value, kept };
  }

  /** Offers the rows to the memory, lets the strategy end, and gives the model away. */
  async finish(): Promise<Learner> {
    const { strategy, features, y, seen } = this.job;
    this.compiled?.pull();
    if (this.recall && strategy.memory!.insert !== 'stream' && !this.job.memory) {
      const ranks = await strategy.rank?.(this.session);
      this.recall.offer(Int32Array.from(y.keys()), { ...this.keepAll(), ...(ranks ? { rank: ranks } : {}) });
    }
    await strategy.end?.(this.session);
    this.session.dispose();
    const { memory, tensors, optimizer } = this.snapshot(true);
    // The loss may be finite all the same: Adam takes steps of 0 for ever where the square of a gradient was too large.
    for (const [name, { values }] of [optimizer.arrays, tensors].flatMap(Object.entries<NamedArrays[string]>)) {
      if (!(values as Float32Array).every(Number.isFinite)) throw this.diverged(`${name} is not finite after ${this.job.steps} steps`);
    }
    const carried = memory !== null || this.state.size > 0;
    const total = [...seen];
    y.forEach((label) => total[label]!++);
    return {
      model: this.model,
      features,
      steps: this.lineageStep,
      seen: total,
      optimizer,
      strategy: carried ? { strategy: this.job.learning.strategy.name, memory, tensors } : null,
    };
  }

  /** The loss of this training's rows by the model as it is now; see `meanLoss`. */
  meanLoss(): Promise<number> {
    return meanLoss(this.session);
  }

  /** What the strategy keeps beside each of this training's rows, by the model as it is now: without dropout, and without moving a batch norm. */
  private keepAll(): Record<string, Float32Array> {
    const { strategy, y } = this.job;
    const parts: Record<string, Float32Array[]> = {};
    for (let from = 0; strategy.keep && from < y.length; from += rowsAtOnce) {
      const rows = Int32Array.from({ length: Math.min(rowsAtOnce, y.length - from) }, (_, i) => from + i);
      tf.tidy(() => {
        const logits = (x: tf.Tensor) => this.model.apply(x);
        const step = extended<Step>(this.session, { number: this.step, logits, batch: this.session.rows.take(rows), past: null, others: [] });
        for (const [name, tensor] of Object.entries(strategy.keep!(step))) (parts[name] ??= []).push(tensor.dataSync<'float32'>().slice());
      });
    }
    return Object.fromEntries(Object.entries(parts).map(([name, values]) => [name, joined(values)]));
  }

  /** All that changes from step to step. @param last whether the memory is to fit its limit in bytes */
  snapshot(last = false): Pick<Checkpoint, 'step' | 'form' | 'weights' | 'optimizer' | 'memory' | 'tensors'> {
    this.compiled?.pull();
    return {
      step: this.step,
      form: this.form,
      weights: readWeights(this.model),
      optimizer: readOptimizer(this.optimizer, this.job.learning.optimizer, this.trained),
      memory: this.recall?.memory.arrays(last ? this.job.learning.seed : null) ?? null,
      tensors: Object.fromEntries([...this.state].map(([name, variable]) => [name, readVariable(variable)])),
    };
  }

  /** Frees all but the model. */
  dispose(): void {
    this.compiled?.dispose();
    this.session.dispose();
    disposeOptimizer(this.optimizer);
    this.previous?.dispose();
    tf.dispose([...this.state.values()]);
  }

  private diverged(what: string): TrainingDiverged {
    const { rate } = this.job.learning;
    return new TrainingDiverged(`${what} with learning.rate ${rate}; lower the rate (try ${rate / 10}), or look for extreme values in the columns`);
  }

  private get epoch(): number {
    return Math.floor(this.step / this.job.stepsPerEpoch);
  }

  /** The learning rate of the next step. */
  private get rate(): number {
    const { warmup = 0, rate } = this.job.learning;
    return this.step < warmup ? (rate * this.step) / warmup : rate;
  }

  /** Whether the memory takes in the next step's batch: when it is first trained on, at the last of its steps. */
  private get keeping(): boolean {
    const { strategy, memory } = this.job;
    return strategy.memory?.insert === 'stream' && !memory && this.epoch === 0 && (this.step + 1) % this.repeats === 0;
  }

  private get repeats(): number {
    return this.job.strategy.repeats ?? 1;
  }

  private get lineageStep(): number {
    return (this.job.parent?.steps ?? 0) + this.step;
  }

  private loss(step: Step): tf.Scalar {
    return [this.job.strategy.loss(step), ...this.model.calculateLosses()].reduce((sum, term) => sum.add(term));
  }

  private restore(checkpoint: Checkpoint): void {
    this.step = checkpoint.step;
    for (const { name, variable } of weightsOf(this.model)) {
      const array = checkpoint.weights[name];
      if (array?.shape.join() !== variable.shape.join()) throw new CorruptArtifact(`checkpoint: the weight ${name} is missing or has another shape; remove the checkpoint`);
      tf.tidy(() => variable.assign(tensorOf(array)));
    }
    restoreOptimizer(this.optimizer, checkpoint.optimizer, this.trained);
    this.restoreStrategy('checkpoint', checkpoint.memory, checkpoint.tensors);
  }

  private restoreStrategy(from: 'version' | 'checkpoint', memory: NamedArrays | null, tensors: NamedArrays): void {
    if (memory) this.recall?.restore(memory, from);
    tf.dispose([...this.state.values()]);
    this.state.clear();
    for (const [name, array] of Object.entries(tensors)) this.state.set(name, tf.tidy(() => tensorOf(array).variable(false)));
  }
}

/** An object with further members, or others. */
const extended = <T extends object>(base: object, members: object): T => Object.create(base, Object.getOwnPropertyDescriptors(members)) as T;

const disposeKept = ({ draws }: Picked): void => tf.dispose(draws.flatMap(({ kept }) => Object.values(kept)));
