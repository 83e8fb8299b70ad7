export { retrain } from './retrain';
export { rollback } from './rollback';
export { approvals, approve, decideUpdate, evidence, reject, status } from './definitions';
