import type { AuditInput, LifecycleDependencies, RefuseInput, ReserveInput } from './types';

/** The next version number, which is this run's for ever, also when the run is repeated. */
export const reserve = ({ registry }: LifecycleDependencies) => ({ pipeline, mode, parent, run }: ReserveInput): Promise<string> =>
  registry.reserve(pipeline, { mode, parent, run });

/** Keeps a refused challenger's reasons beside it. */
export const refuse = ({ registry }: LifecycleDependencies) => ({ pipeline, version, run, reasons }: RefuseInput): Promise<void> =>
  registry.refuse(pipeline, version, { run, reasons });

/** Appends decisions to the store's audit log; an entry that is there already stays as it is. */
export const audit = ({ registry }: LifecycleDependencies) => ({ pipeline, candidate, entries }: AuditInput): Promise<void> =>
  registry.appendAudit(pipeline, candidate, entries);
