/** Classes, predicted or true, as whole numbers, one per row, in the order of time. */
export type Classes = ArrayLike<number>;

/**
 * The share of rows that are predicted right, 0..1; NaN without rows.
 *
 * @example accuracy([1, 0, 1], [1, 1, 1]) // 0.667
 */
export function accuracy(predictions: Classes, labels: Classes): number {
  const wrong = errors(predictions, labels);
  return wrong.length === 0 ? NaN : 1 - sum(wrong) / wrong.length;
}

/** The 0/1 loss of each row: 1 where the prediction is wrong. Both lists have the same length. */
export function errors(predictions: Classes, labels: Classes): Float64Array {
  if (predictions.length !== labels.length) {
    throw new RangeError(`${predictions.length} predictions for ${labels.length} labels`);
  }
  return Float64Array.from({ length: labels.length }, (_, i) => (predictions[i] === labels[i] ? 0 : 1));
}

/**
 * Accuracy of repeating the last label, the baseline that a stream of alike neighbours must be held against.
 *
 * @param before label of the row before the first one; without it the first row is left out
 * @returns a share in 0..1; NaN when there is no row with a predecessor
 */
export function persistence(labels: Classes, before?: number): number {
  const previous = (i: number): number | undefined => (i === 0 ? before : labels[i - 1]);
  let rows = 0;
  let hits = 0;
  for (let i = before === undefined ? 1 : 0; i < labels.length; i++) {
    rows++;
    if (labels[i] === previous(i)) hits++;
  }
  return rows === 0 ? NaN : hits / rows;
}

/**
 * Cohen's kappa: agreement beyond what the two marginal distributions give by chance (Cohen 1960).
 * κ = (p - pₑ) / (1 - pₑ), where pₑ is the chance that independent draws from both margins agree. 1 is perfect, 0 chance.
 * 0 where chance alone would always agree.
 */
export function kappa(predictions: Classes, labels: Classes): number {
  const margins = new Map<number, [number, number]>();
  for (let i = 0; i < labels.length; i++) {
    const predicted = margins.get(predictions[i]!) ?? [0, 0];
    margins.set(predictions[i]!, [predicted[0] + 1, predicted[1]]);
    const present = margins.get(labels[i]!) ?? [0, 0];
    margins.set(labels[i]!, [present[0], present[1] + 1]);
  }
  const chance = sum([...margins.values()].map(([a, b]) => (a * b) / labels.length ** 2));
  return beyond(accuracy(predictions, labels), chance);
}

/**
 * Kappa-temporal: accuracy beyond that of repeating the last label (Žliobaitė et al., "Evaluation methods and decision
 * theory for classification of streaming data with temporal dependence", Machine Learning 98, 2015).
 * κ_per = (p - p_per) / (1 - p_per). Below 0, repeating the last label would have been better. Both accuracies are taken
 * over the same rows. 0 where repeating is never wrong.
 *
 * @param before label of the row before the first one; without it the first row is left out
 */
export function kappaTemporal(predictions: Classes, labels: Classes, before?: number): number {
  const from = before === undefined ? 1 : 0;
  const rest = Array.prototype.slice;
  return beyond(accuracy(rest.call(predictions, from), rest.call(labels, from)), persistence(labels, before));
}

const beyond = (p: number, baseline: number): number => (baseline === 1 ? 0 : (p - baseline) / (1 - baseline));
const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};
