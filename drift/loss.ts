import type { LossDrift, LossSummary } from '../contracts';
import { InvalidInput } from '../contracts/errors';
import { blockBootstrap, type BootstrapOptions } from './bootstrap';

export interface LossOptions extends Pick<BootstrapOptions, 'confidence' | 'seed'> {
  /** How much the loss must have risen for certain; 0.08. */
  threshold?: number;
}

export const defaultLossThreshold = 0.08;

/**
 * The summary of one block of held-out losses, in the order of time.
 *
 * @param losses 0-1 losses or any other loss per row, at least 2
 */
export function summariseLoss(losses: ArrayLike<number>, options: Pick<BootstrapOptions, 'confidence' | 'seed'> = {}): LossSummary {
  const { mean, upper } = blockBootstrap(losses, options);
  return { rows: losses.length, mean, upper };
}

/**
 * One reference from the held-out blocks of several periods, weighted by their rows. A single block of some days is a
 * poor measure of what is normal (on electricity prices one such block runs from .07 to .45); five of them are not.
 *
 * @param blocks summaries of periods that do not overlap, made with the same confidence, at least one
 */
export function poolLosses(blocks: readonly LossSummary[]): LossSummary {
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  if (rows === 0) throw new InvalidInput('there is no held-out loss to compare with: evaluate the champion first');
  const mean = blocks.reduce((sum, block) => sum + (block.rows / rows) * block.mean, 0);
  const room = Math.hypot(...blocks.map((block) => (block.rows / rows) * (block.upper - block.mean)));
  return { rows, mean, upper: mean + room };
}

/**
 * Whether the champion's loss has risen, materially and for certain: the one-sided lower bound of the increase is
 * above the threshold. The bound combines the new losses' lower bound and the reference's upper bound, each from a
 * moving-block bootstrap, as Zou & Donner do (MOVER, Statistics in Medicine 27, 2008):
 * now - reference - √((now - now's lower)² + (reference's upper - reference)²).
 *
 * @param reference from `summariseLoss` or `poolLosses`, with the same confidence
 * @param now the champion's losses on the new rows, in the order of time, at least 2
 * @example compareLoss(poolLosses(lastFive), losses, { threshold: 0.05 }).exceeded
 */
export function compareLoss(reference: LossSummary, now: ArrayLike<number>, options: LossOptions = {}): LossDrift {
  const { threshold = defaultLossThreshold, ...bootstrap } = options;
  const { mean, lower } = blockBootstrap(now, bootstrap);
  const increase = mean - reference.mean;
  const lowerBound = increase - Math.hypot(mean - lower, reference.upper - reference.mean);
  return { reference: reference.mean, now: mean, increase, lowerBound, threshold, exceeded: lowerBound > threshold };
}
