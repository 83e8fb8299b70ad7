export { featureSpec, type TrainingRequest } from './job';
export { train, type TrainingResult } from './train';
