import type { Cli } from '../cli';
import { addApply } from './apply';
import { addAudit } from './audit';
import { addDecisions } from './decide';
import { addDev } from './dev';
import { addDoctor } from './doctor';
import { addExplain } from './explain';
import { addHistory } from './history';
import { addRollback } from './rollback';
import { addSchedule } from './schedule';
import { addServe } from './serve';
import { addSetup } from './setup';
import { addStart } from './start';
import { addStatus } from './status';
import { addSurgery } from './surgery';
import { addVersions } from './versions';
import { addWorker } from './worker';

/** All commands, in the order in which help lists them. */
export const commands: ((cli: Cli) => void)[] = [
  addDev, addApply, addExplain, addSurgery, addStart, addStatus, addDecisions, addVersions, addHistory, addAudit, addRollback,
  addSchedule, addServe, addWorker, addSetup, addDoctor,
];
