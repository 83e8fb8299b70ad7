export { pull, type Pulled, type PullRequest } from './pull';
export type { Reject } from './rejects';
export { readSnapshot } from './snapshot';
export { concatTables, sliceTable, withColumns } from './table';
