export { averageAccuracy, backwardTransfer, forgetting, forwardTransfer, learningAccuracy, minimumAccuracy, type AccuracyMatrix } from './accuracy-matrix';
export { environmentFor, loadBackend, sameFacts } from './backend';
export { compensate, compensateState, encode, extendFeatures, firstDense, fitFeatures, holdMissing, labels, standardise, updateFeatures } from './features';
export type { Features, FeatureSpec, Heads, Input } from './features';
export { loadModel, saveModel } from './files';
export { cloneModel, type Learner, type StrategyState } from './learner';
export { crossEntropy, withinHeads } from './losses';
export { Memory, type MemoryOptions } from './memory';
export { accuracy, errors, kappa, kappaTemporal, persistence } from './metrics';
export { buildModel, registerModel, usesConvolution, type ModelBuilder, type ModelShape } from './models';
export { predict, type Predictions } from './predict';
export { Random, seedFor } from './random';
export { registerStrategy, strategy, strategyNamed, strategyNames } from './strategies';
export type { ByWeight, Logits, Past, Rows, Session, Step, Strategy, StrategyDefinition } from './strategies';
export { checkSurgery, operate, planSurgery, planText, type SurgeryCheck, type SurgeryPlan, type SurgeryRequest, type VariablePlan } from './surgery';
export { readTensors, writeTensors, type NamedArray, type NamedArrays } from './tensors-file';
export { checkHead, featureSpec, learn, stepsOf, stepsPerEpoch, train, type EncodedRows, type LearningRequest, type TrainingRequest, type TrainingResult } from './training';
export {
  CannotCompile, compile, compilePredict, evaluate as evaluateCompiled, exportSavedModel, fit, trainingStep,
  type Compiled, type CompileOptions, type FitOptions, type FitResult, type Predictor,
} from './compiled';
