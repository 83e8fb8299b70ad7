import { isAbsolute } from 'node:path';
import { SimplePlugin, type SimplePluginOptions } from '@temporalio/plugin';
import type { WorkerOptions } from '@temporalio/worker';
import { lifecycleActivities } from '../activities/lifecycle';
import { trainingActivities } from '../activities/training';
import { InvalidInput } from '../contracts';
import { openStore, Registry } from '../registry';
import { LocalTrainer } from './trainer';

export interface PluginOptions {
  /** Where everything is kept: `file:///abs/folder` or `s3://bucket/prefix`. Credentials come from the environment. */
  store: string;
}
export interface TrainingPluginOptions extends PluginOptions {
  /** Absolute paths of modules that register models and strategies; the training process loads them. */
  modules?: string[];
}

/**
 * The light activities of the lifecycle: looking up, pulling, promoting, reporting.
 *
 * @example Worker.create({ taskQueue, workflowsPath, plugins: [new LifecyclePlugin({ store: 'file:///var/lib/continual' })] })
 */
export class LifecyclePlugin extends SimplePlugin {
  constructor({ store }: PluginOptions) {
    super({ name: 'continual-training.LifecyclePlugin', activities: lifecycleActivities({ registry: new Registry(openStore(store)) }) });
  }

  override configureWorker(options: WorkerOptions): WorkerOptions {
    return withGrace(super.configureWorker(withoutOurs(options, this.options)));
  }
}

/** The activities of machines that train: comparing, training, evaluating, in a process of their own. */
export class TrainingPlugin extends SimplePlugin {
  constructor(options: TrainingPluginOptions) {
    const trainer = trainerFor(options);
    super({ name: 'continual-training.TrainingPlugin', activities: trainingActivities({ trainer }), runContext: untilDone(trainer) });
  }

  override configureWorker(options: WorkerOptions): WorkerOptions {
    return withGrace(super.configureWorker(withoutOurs(options, this.options)));
  }
}

/** Both, for one machine that does everything. */
export class ContinualTrainingPlugin extends SimplePlugin {
  constructor(options: TrainingPluginOptions) {
    const trainer = trainerFor(options);
    super({
      name: 'continual-training.ContinualTrainingPlugin',
      activities: { ...lifecycleActivities({ registry: new Registry(openStore(options.store)) }), ...trainingActivities({ trainer }) },
      runContext: untilDone(trainer),
    });
  }

  override configureWorker(options: WorkerOptions): WorkerOptions {
    return withGrace(super.configureWorker(withoutOurs(options, this.options)));
  }
}

function trainerFor({ store, modules = [] }: TrainingPluginOptions): LocalTrainer {
  const relative = modules.find((path) => !isAbsolute(path));
  if (relative !== undefined) throw new InvalidInput(`modules: ${relative} is not an absolute path; use require.resolve('${relative}')`);
  return new LocalTrainer(new Registry(openStore(store)), modules);
}

/** Activities are merged by name, and the later ones win: nobody would see that theirs are never called. */
function withoutOurs(options: WorkerOptions, { activities }: SimplePluginOptions): WorkerOptions {
  const given = (options.activities ?? {}) as Record<string, unknown>;
  // The same plugin may come twice, through the connection too.
  const twice = Object.entries(activities ?? {}).find(([name, own]) => Object.hasOwn(given, name) && given[name] !== own)?.[0];
  if (twice !== undefined) throw new InvalidInput(`activities: ${twice} is an activity of this plugin's already; give yours another name, or a worker of its own`);
  return options;
}

const untilDone = (trainer: LocalTrainer) => async (next: () => Promise<void>) => {
  try {
    await next();
  } finally {
    await trainer.stop();
  }
};

/**
 * A worker that shuts down lets a training write its checkpoint; Temporal's own default gives it no time at all. Heartbeats
 * go out as they come: held back for 80 % of their time-out, as by default, one that is late would miss it.
 */
const withGrace = (options: WorkerOptions): WorkerOptions => ({
  ...options,
  shutdownGraceTime: options.shutdownGraceTime ?? '5s',
  maxHeartbeatThrottleInterval: options.maxHeartbeatThrottleInterval ?? '2s',
});
