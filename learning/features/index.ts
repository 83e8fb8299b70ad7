export { compensate, firstDense } from './compensate';
export { encode, labels, scaling, standardise } from './encode';
export { fitFeatures, updateFeatures } from './fit';
export { merge, scaleOf, statisticsOf, type Statistics } from './statistics';
export type { CategoryInput, Cycle, CycleInput, Features, FeatureSpec, Input, NumberInput } from './types';
