/** Keep a deployed model learning, durably: the plugins for Temporal workers, and what they stand on. */
export { ContinualTrainingPlugin, LifecyclePlugin, TrainingPlugin, createWorker } from './workers';
export type { CreateWorkerOptions, PluginOptions, TrainingPluginOptions } from './workers';
export { Registry, openStore } from './registry';
export { startServer } from './serving';
export { pipelineSchema } from './contracts';
export type { Manifest, Move, Pipeline, PipelineInput, RetrainInput, RollbackInput, RunResult, RunStatus, Store } from './contracts';
