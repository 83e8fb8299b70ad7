export { checkHead, featureSpec, stepsOf, stepsPerEpoch, type EncodedRows, type LearningRequest, type TrainingRequest } from './job';
export { learn, train, type TrainingResult } from './train';
