import type { Manifest, Pipeline, RowRange, SurgerySummary, SurgeryTransfer, Table } from '../../contracts';
import { checkHead, checkSurgery, operate, stepsPerEpoch, type Features, type Learner, type Strategy, type SurgeryCheck, type SurgeryPlan } from '../../learning';
import type { Registry } from '../../registry';
import { requestFor, strategyOf, transferOf, type Proposal } from './propose';

/** Rows on which champion and operated model are compared. */
const rowsChecked = 2000;
/** What a run's history holds of a plan; the store holds all. */
const variablesShown = 20;
const warningsShown = 10;
const lettersShown = 300;
/** One step in so many: those in which the rate grows after a surgery. None of fewer, since the rate of the first is 0. */
const warmupPart = 10;
/** Rows that the strategy `distil` can be asked to keep at most. */
const rowsDistilled = 10_000_000;

/** A proposal that was tried out: as it stands in the store, and as the training carries it out. */
export interface Surgery extends Proposal {
  format: 1;
  pipeline: string;
  champion: string;
  transfer: SurgeryTransfer;
  /** null where no weights go over. */
  check: SurgeryCheck | null;
}

/**
 * Operates on the champion and compares both on the newest of the rows. Nothing is written.
 *
 * @throws InvalidInput where `label.head` is another one: no weights can make up for classes that compete otherwise
 */
export async function rehearse(pipeline: Pipeline, champion: { version: string; learner: Learner }, proposal: Proposal, table: Table, range: RowRange): Promise<Surgery> {
  const { learner, version } = champion;
  checkHead(learner.features, pipeline.label.head);
  const transfer = transferOf(pipeline);
  const patient = await operated(pipeline, learner, proposal, table, range);
  try {
    const checked = { from: Math.max(range.from, range.to - rowsChecked), to: range.to };
    const check = transfer === 'weights' ? checkSurgery(learner, patient, table, checked) : null;
    return { format: 1, pipeline: pipeline.name, champion: version, transfer, ...proposal, check };
  } finally {
    patient.model.dispose();
  }
}

/** The champion as the proposal makes it; the champion itself is not changed. The same each time. */
export const operated = async (pipeline: Pipeline, champion: Learner, { features, plan }: Proposal, table: Table, range: RowRange): Promise<Learner> =>
  operate(await requestFor(pipeline, champion, features, table, range), plan);

/**
 * The pipeline for the training after a surgery: with weights, the rate grows from 0 while the moments of what is new settle;
 * by distillation, unless the pipeline's own strategy begins anew and learns from the champion. Distillation keeps no more
 * than the pipeline's strategy may: nothing where that keeps no rows.
 */
export function afterSurgery(pipeline: Pipeline, { transfer, features }: Surgery, rows: number): Pipeline {
  const { learning } = pipeline;
  const strategy = strategyOf(pipeline);
  const steps = learning.epochs * stepsPerEpoch(strategy, learning, rows);
  if (transfer === 'weights') return { ...pipeline, learning: { ...learning, warmup: learning.warmup ?? Math.floor(steps / warmupPart) } };
  if (transfer === 'memory' || strategy.fresh) return pipeline;
  const { name, options } = learning.strategy;
  // No weights go over, also where the pipeline's updates go on from their parent.
  const distil = name === 'distil' ? { ...options, start: 'scratch' } : { memory: rowsKept(strategy, features) };
  return { ...pipeline, learning: { ...learning, strategy: { name: 'distil', options: distil } } };
}

/** How many rows the memory of a pipeline's strategy may hold where they are not packed, as those of `distil` are not. */
function rowsKept({ memory }: Strategy, { width, classes }: Features): number {
  if (!memory) return 0;
  const { bytes, rows = 0 } = memory;
  // 4 bytes each: a row's inputs, its class, and what another strategy may have kept beside it, a logit of each class and a
  // score. The counts of a class take 9.
  const room = bytes === undefined ? rows : Math.floor((bytes - 9 * classes.length) / (4 * (width + classes.length + 2)));
  return Math.min(rowsDistilled, Math.max(0, room));
}

/**
 * Whose answers a strategy holds on to: the champion's, where the operated model may give others, and always where there are
 * new classes, on which the champion has no say; else null, the operated model as it is. Where the champion's last layer
 * takes another number of features, what a strategy knows of it no longer fits.
 */
export function teacherFor(champion: Learner, patient: Learner, { transfer, plan }: Surgery): Learner | null {
  if (transfer !== 'weights') return champion;
  const headTakes = ({ model }: Learner) => String((model.outputLayers[0]!.input as { shape: unknown[] }).shape);
  const same = plan.preserved && plan.changes.classes.length === 0;
  return same || headTakes(champion) !== headTakes(patient) ? null : champion;
}

/** Keeps a surgery in the store, and says what of it a history may hold. */
export async function keepSurgery(registry: Registry, surgery: Surgery): Promise<SurgerySummary> {
  const { because, check, transfer } = surgery;
  const digest = await registry.putBlob('surgeries', Buffer.from(JSON.stringify(surgery)), 'json');
  const { kept, preserved, warnings, variables } = carriedOut(surgery);
  return {
    digest,
    because,
    kept,
    preserved,
    warnings: warnings.slice(0, warningsShown).map(clipped),
    variables: variables.slice(0, variablesShown).map(({ note, ...variable }) => ({ ...variable, ...(note === undefined ? {} : { note: clipped(note) }) })),
    total: variables.length,
    check,
    transfer,
  };
}

/** A surgery that a run kept, and what its version's manifest says of it. */
export async function surgeryNamed(registry: Registry, digest: string): Promise<Surgery & { manifest: NonNullable<Manifest['surgery']> }> {
  const surgery = JSON.parse(Buffer.from(await registry.getBlob('surgeries', digest, 'json')).toString()) as Surgery;
  const { check, transfer } = surgery;
  const { kept, preserved } = carriedOut(surgery);
  return { ...surgery, manifest: { plan: digest, transfer, kept, preserved, check } };
}

const clipped = (text: string): string => (text.length > lettersShown ? `${text.slice(0, lettersShown - 1)}…` : text);

/** What of the plan is done: where no weights go over, its variables are nobody's. */
export const carriedOut = ({ plan, check }: Surgery): SurgeryPlan => (check ? plan : { ...plan, kept: 0, preserved: false, warnings: [], variables: [] });
