import { step } from './failures';
import { promote } from './promote';
import { pull } from './pull';
import { audit, refuse, reserve } from './records';
import { report } from './report';
import { resolve } from './resolve';
import { rollBack } from './roll-back';
import type { LifecycleActivities, LifecycleDependencies } from './types';

/** The light steps of the lifecycle, for any worker. */
export function lifecycleActivities(dependencies: LifecycleDependencies): LifecycleActivities {
  return {
    resolve: step('resolve', resolve(dependencies)),
    pull: step('pull', pull(dependencies)),
    reserve: step('reserve', reserve(dependencies)),
    audit: step('audit', audit(dependencies)),
    refuse: step('refuse', refuse(dependencies)),
    promote: step('promote', promote(dependencies)),
    rollBack: step('rollBack', rollBack(dependencies)),
    report: step('report', report(dependencies)),
  };
}
