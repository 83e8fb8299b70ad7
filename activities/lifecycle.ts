import { step } from './failures';
import { whileAlive } from './heartbeats';
import { promote } from './promote';
import { pull } from './pull';
import { audit, checkpointed, clearCheckpoints, refuse, reserve } from './records';
import { report } from './report';
import { resolve } from './resolve';
import { rollBack } from './roll-back';
import type { LifecycleActivities, LifecycleDependencies } from './types';

/** Seconds of work, and longer while the store does not answer. */
const light = <Input, Output>(name: string, run: (input: Input) => Promise<Output>) => step(name, whileAlive(run));

/** The light steps of the lifecycle, for any worker. */
export function lifecycleActivities(dependencies: LifecycleDependencies): LifecycleActivities {
  return {
    resolve: light('resolve', resolve(dependencies)),
    pull: step('pull', pull(dependencies)),
    reserve: light('reserve', reserve(dependencies)),
    audit: light('audit', audit(dependencies)),
    refuse: light('refuse', refuse(dependencies)),
    clearCheckpoints: light('clearCheckpoints', clearCheckpoints(dependencies)),
    checkpointed: light('checkpointed', checkpointed(dependencies)),
    promote: light('promote', promote(dependencies)),
    rollBack: light('rollBack', rollBack(dependencies)),
    report: light('report', report(dependencies)),
  };
}
