import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Learner } from '../learner';
import { readCheckpoint, writeCheckpoint, type TrainingForm } from './checkpoint';
import { encodeRows, planJob, type LearningRequest, type TrainingRequest } from './job';
import { Trainer } from './trainer';

export interface TrainingResult {
  /** The challenger. Its model is the caller's to dispose of. */
  learner: Learner;
  /** Rows trained on, and how often rows went through a step: epochs and replayed rows included. */
  rows: number;
  rowsTouched: number;
  steps: number;
  /** Time inside steps, over all attempts that checkpoints carried on. */
  seconds: number;
  /** Mean loss over the last epoch; of a training without steps the mean cross-entropy of its rows afterwards. */
  loss: number;
  /** False when a checkpoint was carried on under other conditions than its own. */
  reproducible: boolean;
  /** How the last steps were taken: as one graph, or op by op where the step cannot be one or is not worth it. */
  form: TrainingForm;
}

/** How long steps may keep the event loop. */
const chunkMs = 40;
const progressMs = 250;

/**
 * Trains a model from scratch, or on from its parent, by the pipeline's strategy.
 *
 * The rows are shuffled anew in each epoch by a generator that the pipeline's seed, the lineage's steps and the epoch
 * decide; the last batch of an epoch may be smaller. The same request gives the same bits on the same backend, whether or
 * not it was interrupted and carried on from a checkpoint.
 *
 * @throws InvalidInput for rows that do not fit the pipeline or the parent
 * @throws TrainingDiverged when the loss, or what optimizer and strategy carry on, is no finite number
 * @throws CorruptArtifact for a checkpoint that is broken or another training's
 * @throws BackendUnavailable for a checkpoint of another backend
 * @throws the signal's reason when it is aborted
 * @example
 * const backend = await loadBackend(['native'], { convolution: false });
 * const { learner } = await train({ pipeline, table, parent: champion, backend });
 */
export async function train(request: TrainingRequest): Promise<TrainingResult> {
  request.signal?.throwIfAborted();
  const { pipeline: { model, learning }, table: _, ...conduct } = request;
  return learn({ ...conduct, model, learning, rows: encodeRows(request) });
}

/** The same for rows that are encoded already. */
export async function learn(request: LearningRequest): Promise<TrainingResult> {
  const { backend, checkpoint, signal } = request;
  signal?.throwIfAborted();
  const job = planJob(request);
  const resumed = request.resume ? readCheckpoint(request.resume, job.digest, backend) : null;
  const trainer = await Trainer.start(job, resumed);
  const done = { lossSum: 0, loss: NaN, seconds: 0, rowsTouched: 0, reproducible: true };
  if (resumed) for (const key of Object.keys(done) as (keyof typeof done)[]) (done[key] as unknown) = resumed[key] ?? NaN;
  if (resumed && resumed.form !== trainer.form && trainer.formMatters) done.reproducible = false;

  const save = async (): Promise<void> => checkpoint?.save(writeCheckpoint({ ...trainer.snapshot(), ...done }, job.digest, backend), trainer.step);
  const report = (loss: number): void => {
    const rowsPerSecond = done.rowsTouched / done.seconds;
    request.onProgress?.({
      epoch: Math.ceil(trainer.step / job.stepsPerEpoch),
      epochs: job.epochs,
      step: trainer.step,
      steps: job.steps,
      loss,
      rowsPerSecond,
      secondsLeft: trainer.step === 0 ? 0 : ((job.steps - trainer.step) * done.seconds) / trainer.step,
    });
  };

  let ended = false;
  try {
    let [yielded, reported, saved] = [performance.now(), performance.now(), performance.now()];
    while (trainer.step < job.steps) {
      const began = performance.now();
      const { loss, rows } = trainer.next();
      const now = performance.now();
      done.seconds += (now - began) / 1000;
      done.rowsTouched += rows;
      done.lossSum += loss;
      if (trainer.step % job.stepsPerEpoch === 0) {
        done.loss = done.lossSum / job.stepsPerEpoch;
        done.lossSum = 0;
      }
      if (trainer.step === job.steps || now - reported > progressMs) {
        report(loss);
        reported = now;
      }
      if (trainer.step === job.steps) break;
      if (trainer.step % (checkpoint?.steps ?? Infinity) === 0 || now - saved > (checkpoint?.seconds ?? Infinity) * 1000) {
        await save();
        saved = performance.now();
      }
      if (now - yielded > chunkMs || signal?.aborted) {
        await setImmediate();
        yielded = performance.now();
      }
      if (signal?.aborted) {
        await save();
        signal.throwIfAborted();
      }
    }
    const began = performance.now();
    const learner = await trainer.finish();
    if (job.steps === 0) {
      Object.assign(done, { loss: await trainer.meanLoss(), rowsTouched: job.y.length, seconds: (performance.now() - began) / 1000 });
      report(done.loss);
    }
    ended = true;
    const { seconds, loss, rowsTouched, reproducible } = done;
    return { learner, rows: job.y.length, rowsTouched, steps: job.steps, seconds, loss, reproducible, form: trainer.form };
  } finally {
    trainer.dispose();
    if (!ended) trainer.model.dispose();
  }
}
