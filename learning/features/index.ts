export { compensate, compensateState, firstDense, silenceConstants } from './compensate';
export { encode, labels, scaling, standardise } from './encode';
export { extendFeatures, holdMissing } from './extend';
export { fitFeatures, updateFeatures, widthOf } from './fit';
export { fitHeads, headsOf } from './heads';
export { scaledTranslation, translate } from './translate';
export { merge, scaleOf, statisticsOf, type Statistics } from './statistics';
export type { CategoryInput, Cycle, CycleInput, Features, FeatureSpec, Heads, Input, NumberInput } from './types';
