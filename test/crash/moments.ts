import { pipelineName, trainingSteps } from './market';
import type { Moment } from './trial';

/** A write of the run, seen as soon as it is in the store: its step has hardly reported yet. */
const written = (name: string, pattern: RegExp): Moment => ({ name, came: (trial) => trial.written().some((key) => pattern.test(key)) });

/** A step that a worker has taken and not yet reported. */
const underWay = (step: string): Moment => ({ name: `${step} is under way`, came: async (trial) => (await trial.stepsUnderWay()).includes(step) });

/** The training has saved a checkpoint after this share of its steps. */
export const checkpointAfter = (share: number): Moment => ({
  name: `a checkpoint after ${100 * share} % of the training is written`,
  came: (trial) => trial.written().some((key) => Number(/^checkpoints\/.*\/(\d+)\.bin$/.exec(key)?.[1] ?? -1) > share * trainingSteps),
});

export const trains: Moment = { name: 'the training is on its way', came: (trial) => trial.hasProgress() };

/** The same for any store. */
export const savedIn = (version: string): Moment => ({
  name: `a checkpoint of ${version} is written`,
  came: async (trial) => (await trial.registry.latestCheckpoint(pipelineName, version)) !== null,
});

export const failedFor = (reason: string): Moment => ({ name: `a step has failed: ${reason}`, came: async (trial) => (await trial.failures()).includes(reason) });

export const moved: Moment = { ...written('the alias has moved', /^aliases\/.*\/00000002\.json$/), approved: true };

export const planned = written('the surgery is planned', /^surgeries\/./);

/** A moment or more in each step of a run, in order, before and after what the step writes. The run makes 1.1.1 from champion 1.1.0. */
export const moments: Record<'beforeTraining' | 'training' | 'afterTraining', Moment[]> = {
  beforeTraining: [
    { name: 'the run was started', came: () => true },
    { name: 'the champion is resolved', came: async (trial) => !['resolving', null].includes(await trial.phase()) },
    written('the snapshot is written', /^snapshots\/./),
    written('the run knows its snapshot', /^once\/.*\.json$/),
  ],
  training: [
    underWay('compare'),
    written('the comparison is written', /^evaluations\/./),
    written('the version is reserved', /^reservations\/.*\/1\.1\.1\.json$/),
    underWay('train'),
    checkpointAfter(0),
    checkpointAfter(0.6),
    written('files of the version are written', /^versions\/.*\/1\.1\.1\/.*\.bin$/),
    written('the version is published', /^versions\/.*\/1\.1\.1\/manifest\.json$/),
    underWay('evaluate'),
  ],
  afterTraining: [
    { name: 'the run awaits its approval', came: async (trial) => (await trial.phase()) === 'awaiting-approval' },
    moved,
    { ...written('the report is half written', /^reports\/.*\.json$/), approved: true },
    { ...written('the audit trail is written', /^approvals\/.*\.json$/), approved: true },
  ],
};
