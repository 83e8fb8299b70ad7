import { UnknownVersion } from '../contracts';
import { controlOf } from './control-key';
import { publishedBefore } from './published';
import type { AuditInput, CheckpointsInput, LifecycleDependencies, RefuseInput, ReserveInput } from './types';

/** The next version number, which is this run's for ever, also when the run is repeated; null when its parent was withdrawn meanwhile. */
export const reserve = ({ registry }: LifecycleDependencies) => async ({ pipeline, mode, parent, run, newArchitecture = false, newModel = false }: ReserveInput): Promise<string | null> => {
  try {
    return await registry.reserve(pipeline, { mode, parent, run, newArchitecture, newModel });
  } catch (error) {
    if (error instanceof UnknownVersion && parent !== null && (await registry.withdrawn(pipeline, parent))) return null;
    throw error;
  }
};

/** Keeps a refused challenger's reasons beside it. */
export const refuse = ({ registry }: LifecycleDependencies) => ({ pipeline, version, run, reasons }: RefuseInput): Promise<void> =>
  registry.refuse(pipeline, version, { run, reasons });

/** Removes what a cancelled run's trainings left to go on from. */
export const clearCheckpoints = ({ registry }: LifecycleDependencies) => async ({ pipeline, version }: CheckpointsInput): Promise<void> => {
  for (const key of [version, controlOf(version)]) await registry.clearCheckpoints(pipeline, key);
};

/** The step of a training's newest checkpoint; 0 where there is none, and past all steps where it is published. */
export const checkpointed = ({ registry }: LifecycleDependencies) => async ({ pipeline, version }: CheckpointsInput): Promise<number> =>
  (await publishedBefore(registry, pipeline, version)) ? Number.MAX_SAFE_INTEGER : registry.checkpointed(pipeline, version);

/** Appends decisions to the store's audit log; an entry that is there already stays as it is. */
export const audit = ({ registry }: LifecycleDependencies) => ({ pipeline, candidate, entries }: AuditInput): Promise<void> =>
  registry.appendAudit(pipeline, candidate, entries);
