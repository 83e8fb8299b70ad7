export { checkSurgery } from './check';
export { operate } from './operate';
export { planSurgery } from './plan';
export { planText } from './text';
export type { SurgeryCheck, SurgeryPlan, SurgeryRequest, VariablePlan } from './types';
