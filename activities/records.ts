import { UnknownVersion } from '../contracts';
import type { AuditInput, LifecycleDependencies, RefuseInput, ReserveInput } from './types';

/** The next version number, which is this run's for ever, also when the run is repeated; null when its parent was withdrawn meanwhile. */
export const reserve = ({ registry }: LifecycleDependencies) => async ({ pipeline, mode, parent, run, newArchitecture = false }: ReserveInput): Promise<string | null> => {
  try {
    return await registry.reserve(pipeline, { mode, parent, run, newArchitecture });
  } catch (error) {
    if (error instanceof UnknownVersion && parent !== null && (await registry.withdrawn(pipeline, parent))) return null;
    throw error;
  }
};

/** Keeps a refused challenger's reasons beside it. */
export const refuse = ({ registry }: LifecycleDependencies) => ({ pipeline, version, run, reasons }: RefuseInput): Promise<void> =>
  registry.refuse(pipeline, version, { run, reasons });

/** Appends decisions to the store's audit log; an entry that is there already stays as it is. */
export const audit = ({ registry }: LifecycleDependencies) => ({ pipeline, candidate, entries }: AuditInput): Promise<void> =>
  registry.appendAudit(pipeline, candidate, entries);
