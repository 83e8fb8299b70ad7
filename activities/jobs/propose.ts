import type { Pipeline, RowRange, SurgeryTransfer, Table } from '../../contracts';
import { extendFeatures, featureSpec, planSurgery, strategyNamed, type Features, type Learner, type Strategy, type SurgeryPlan, type SurgeryRequest } from '../../learning';

/** What no longer fits, and the surgery that would mend it. */
export interface Proposal {
  /** In words: `wind is a new column`. */
  because: string[];
  /** The champion's features with what the rows have now. */
  features: Features;
  plan: SurgeryPlan;
}

/** Names shown of one kind of change; all of them stand in the plan. */
const namesShown = 5;
/** New categories that fewer of the rows have are left out, and so no reason for a surgery: the model reads them as unknown. */
const leastShare = 0.01;

/**
 * Whether the champion's shape still fits the pipeline's model and the rows: their columns, the levels of their categories,
 * their classes. Null where it does. Nothing is written.
 *
 * @param range the rows to be trained on; what only held-out rows have is left for the next run
 */
export async function propose(pipeline: Pipeline, champion: Learner, table: Table, range: RowRange): Promise<Proposal | null> {
  const features = extendFeatures(champion.features, featureSpec(pipeline), table, range, leastShare);
  const plan = await planSurgery(await requestFor(pipeline, champion, features, table, range));
  const because = inWords(plan.changes, pipeline.label.column);
  const warnings = [...plan.warnings, ...said(plan.changes.columns.added, servedWith)];
  return because.length === 0 ? null : { because, features, plan: { ...plan, warnings } };
}

const servedWith = (names: string): string =>
  `${names}: who asks the server for predictions must send it from the promotion on, null where it is not known; to leave it out for good, list it in features.exclude`;

/** What is asked of a surgery: the same wherever it is planned or done. */
export async function requestFor({ model, surgery, learning }: Pipeline, champion: Learner, features: Features, table: Table, range: RowRange): Promise<SurgeryRequest> {
  const request = { champion, model, features, widening: surgery.widening, rows: { table, range }, seed: learning.seed };
  if (Object.keys(surgery.hints).length === 0) return request;
  // A hint acts once: where the champion has the network that the pipeline asks for, hints have done their work.
  const { changes } = await planSurgery(request);
  return changes.model ? { ...request, hints: surgery.hints } : request;
}

export const strategyOf = ({ learning: { strategy } }: Pipeline): Strategy => strategyNamed(strategy.name, strategy.options);

/**
 * Whether the pipeline's strategy keeps nothing of a champion, so that there is nothing to operate on. Sums over the features
 * of one network say nothing of those of another, nor of a distilled model's.
 *
 * @param model whether the network is another one
 */
export function beginsAnew(pipeline: Pipeline, model: boolean): boolean {
  const { fresh = false, memory, previous, stepless = false } = strategyOf(pipeline);
  return (fresh && !memory && !previous) || (stepless !== false && (model || pipeline.surgery.transfer === 'distil'));
}

/** What of the champion goes over to the next model. */
export function transferOf(pipeline: Pipeline): SurgeryTransfer {
  const { fresh = false, previous } = strategyOf(pipeline);
  if (fresh) return previous ? 'distil' : 'memory';
  return pipeline.surgery.transfer;
}

function inWords({ model, columns, levels, classes }: SurgeryPlan['changes'], label: string): string[] {
  return [
    ...(model ? ["the pipeline's model is another one than the champion's"] : []),
    ...said(columns.added, (names, many) => `${names} ${many ? 'are new columns' : 'is a new column'}`),
    ...said(columns.removed, (names, many) => `${names} ${many ? 'are no longer given' : 'is no longer given'}`),
    ...said(classes, (names, many) => `${label} has the new ${many ? 'classes' : 'class'} ${names}`),
    ...Object.entries(levels).flatMap(([column, found]) => said(found, (names, many) => `${column} has the new ${many ? 'levels' : 'level'} ${names}`)),
  ];
}

function said(names: string[], sentence: (names: string, many: boolean) => string): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, namesShown).map((name) => (name.length > 60 ? `${name.slice(0, 59)}…` : name));
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  return [sentence(shown.join(', ') + more, names.length > 1)];
}
