export { checkHead, featureSpec, stepsOf, type EncodedRows, type LearningRequest, type TrainingRequest } from './job';
export { learn, train, type TrainingResult } from './train';
