import type { NativeConnection } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { ContinualTrainingPlugin, LifecyclePlugin, TrainingPlugin } from './plugin';
import { workflowCode } from './workflow-code';

export interface CreateWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  store: string;
  /** Which part of the work: the workflows and light steps, the training, or all of it. */
  plugin: 'lifecycle' | 'training' | 'all';
  modules?: string[];
}

/** Our worker as it is, for those who need none of their own. A training worker runs no workflows. */
export function createWorker({ connection, namespace, taskQueue, store, plugin, modules = [] }: CreateWorkerOptions): Promise<Worker> {
  const shared = { connection, namespace, taskQueue };
  switch (plugin) {
    case 'lifecycle':
      return Worker.create({ ...shared, ...workflowCode(), plugins: [new LifecyclePlugin({ store })] });
    case 'training':
      return Worker.create({ ...shared, plugins: [new TrainingPlugin({ store, modules })] });
    case 'all':
      return Worker.create({ ...shared, ...workflowCode(), plugins: [new ContinualTrainingPlugin({ store, modules })] });
  }
}
