/**
 * Accuracies over a sequence of T tasks: `R[i][j]` is the accuracy on task j after training on task i, 0..1, both from 0.
 * Entries right of the diagonal are accuracies on tasks still to come: `forwardTransfer` alone reads them (those next to the
 * diagonal), so that they may otherwise be left out.
 */
export type AccuracyMatrix = readonly (readonly number[])[];

/**
 * The mean accuracy on all tasks after the last training: 1/T Σⱼ R[T-1][j] (ACC of Lopez-Paz & Ranzato, "Gradient Episodic
 * Memory for Continual Learning", NeurIPS 2017).
 *
 * @returns 0..1; NaN without tasks
 * @example averageAccuracy([[0.9], [0.5, 0.8]]) // 0.65
 */
export function averageAccuracy(R: AccuracyMatrix): number {
  return mean(R.map((_, j) => at(R, R.length - 1, j)));
}

/**
 * How much is lost of the best accuracy that each earlier task ever had once it was learned:
 * 1/(T-1) Σ_{j<T-1} (max_{j≤l<T-1} R[l][j] - R[T-1][j]) (Chaudhry et al., "Riemannian Walk for Incremental Learning", ECCV 2018,
 * where l runs over all earlier trainings: what was right by luck before a task was learned does not count here).
 *
 * @returns -1..1, negative where old tasks became better; NaN with fewer than two tasks
 * @example forgetting([[0.9], [0.5, 0.8]]) // 0.4
 */
export function forgetting(R: AccuracyMatrix): number {
  const last = R.length - 1;
  return mean(earlier(R).map((j) => Math.max(...R.slice(j, last).map((_, l) => at(R, j + l, j))) - at(R, last, j)));
}

/**
 * What learning later tasks did to earlier ones: 1/(T-1) Σ_{j<T-1} (R[T-1][j] - R[j][j]) (BWT of Lopez-Paz & Ranzato 2017).
 * Unlike `forgetting` it compares with the accuracy right after the task, not with the best.
 *
 * @returns -1..1, negative where they were forgotten; NaN with fewer than two tasks
 * @example backwardTransfer([[0.9], [0.5, 0.8]]) // -0.4
 */
export function backwardTransfer(R: AccuracyMatrix): number {
  return mean(earlier(R).map((j) => at(R, R.length - 1, j) - at(R, j, j)));
}

/**
 * What learning earlier tasks did to the ones after them, before these were learned: 1/(T-1) Σ_{j≥1} (R[j-1][j] - b[j])
 * (FWT of Lopez-Paz & Ranzato 2017). Of little meaning where tasks bring new classes, on which no model can be right before.
 *
 * @param untrained b: accuracy of the untrained model on each task
 * @returns -1..1; NaN with fewer than two tasks
 * @example forwardTransfer([[0.9, 0.6], [0.5, 0.8]], [0.5, 0.5]) // 0.1
 */
export function forwardTransfer(R: AccuracyMatrix, untrained: readonly number[]): number {
  if (untrained.length !== R.length) throw new RangeError(`forwardTransfer: ${untrained.length} accuracies of the untrained model for ${R.length} tasks`);
  return mean(earlier(R).map((j) => at(R, j, j + 1) - untrained[j + 1]!));
}

/**
 * The mean accuracy on each task right after it was learned: 1/T Σⱼ R[j][j] (LA of Riemer et al., "Learning to Learn without
 * Forgetting by Maximizing Transfer and Minimizing Interference", ICLR 2019). Low where a strategy holds on so hard that
 * it cannot learn.
 *
 * @returns 0..1; NaN without tasks
 * @example learningAccuracy([[0.9], [0.5, 0.8]]) // 0.85
 */
export function learningAccuracy(R: AccuracyMatrix): number {
  return mean(R.map((_, j) => at(R, j, j)));
}

/**
 * The worst that each earlier task came to, at any time after it was learned, averaged: 1/(T-1) Σ_{j<T-1} min_n a[j][n]
 * (min-ACC of De Lange et al., "Continual Evaluation for Lifelong Learning: Identifying the Stability Gap", ICLR 2023). The
 * matrix does not tell it: the worst comes right after a change of tasks, within a training.
 *
 * @param during a: of each task but the last, in order, its accuracies measured while later tasks were trained
 * @returns 0..1; NaN without earlier tasks
 * @example minimumAccuracy([[0.4, 0.7, 0.6], [0.8, 0.9]]) // 0.6
 */
export function minimumAccuracy(during: readonly (readonly number[])[]): number {
  return mean(during.map((accuracies, j) => {
    if (accuracies.length === 0) throw new RangeError(`minimumAccuracy: task ${j} was never measured after it was learned`);
    return Math.min(...accuracies);
  }));
}

const earlier = (R: AccuracyMatrix): number[] => Array.from({ length: Math.max(0, R.length - 1) }, (_, j) => j);

function at(R: AccuracyMatrix, i: number, j: number): number {
  const value = R[i]?.[j];
  if (value === undefined) throw new RangeError(`accuracy matrix: the accuracy on task ${j} after training on task ${i} is missing`);
  return value;
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
