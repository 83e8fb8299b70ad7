import type { RowRange, Table } from '../../contracts';
import { blockBootstrap } from '../../drift';
import type { Features, Learner } from '../../learning';
import { accuracy, errors, holdMissing, labels, predict } from '../../learning';

/** Every class that a model knows or a row has. A class that a model does not know it never answers, which counts as wrong. */
export function classesOf(table: Table, label: string, ...known: (Features | null | undefined)[]): string[] {
  const column = table.columns[label];
  const found = column?.kind === 'category' ? column.levels : [];
  return [...new Set([...known.flatMap((features) => features?.classes ?? []), ...found])];
}

/**
 * A model's answers to rows and the truth, as indices into `classes`; each row's loss is 1 where they differ. A column that
 * the rows lack is missing in each of them. To a row of a head that it does not know a model has no answer: -1.
 */
export function measure({ model, features }: Learner, table: Table, range: RowRange, classes: string[]) {
  const answered = predict(model, holdMissing(features, table), table, range, { unknownHeads: 'none' });
  const truth = labels({ ...features, classes }, table, range);
  const indices = features.classes.map((name) => classes.indexOf(name));
  const predictions = answered.predictions.map((answer) => indices[answer] ?? -1);
  return {
    labels: truth,
    predictions,
    losses: errors(predictions, truth),
    accuracy: accuracy(predictions, truth),
    finite: answered.probabilities.every(Number.isFinite),
  };
}

/** The paired difference in error rate, row by row, and its bounds: neighbouring rows are alike, so blocks are drawn. */
export function difference(challenger: Float64Array, other: Float64Array, confidence: number, seed: number) {
  const { mean, lower, upper } = blockBootstrap(challenger.map((loss, i) => loss - other[i]!), { confidence, seed });
  return { estimate: mean, lower, upper };
}
