export { createWorker, type CreateWorkerOptions } from './create-worker';
export { ContinualTrainingPlugin, LifecyclePlugin, TrainingPlugin, type PluginOptions, type TrainingPluginOptions } from './plugin';
