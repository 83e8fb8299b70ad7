export { lifecycleActivities } from './lifecycle';
export { trainingActivities } from './training';
export type * from './types';
