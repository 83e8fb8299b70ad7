import { InvalidInput } from '../contracts/errors';
import { quantile } from './ascending';
import { xoshiro128 } from './random';

export interface BootstrapOptions {
  /** Level of each one-sided bound; 0.95. */
  confidence?: number;
  /** The same seed gives the same bounds; 1. */
  seed?: number;
  /** Resamples; 2,000. */
  replicates?: number;
  /** Rows in a block; from the series' own autocorrelation where it is left out. */
  block?: number;
}

export interface Bounds {
  mean: number;
  /** Of the mean, autocorrelation included. */
  standardError: number;
  /** One-sided: the true mean is above it with the given confidence. */
  lower: number;
  /** One-sided: the true mean is below it with the given confidence. */
  upper: number;
  /** Rows in a block, given or found. */
  block: number;
}

/**
 * One-sided bounds of the mean of an autocorrelated series, by a studentised moving-block bootstrap: blocks of
 * neighbouring rows are drawn with replacement (Künsch 1989; wrapped at the end as in Politis & Romano 1992, so that
 * each row counts alike), and the mean of each resample is divided by its own standard error (Götze & Künsch 1996),
 * which follows skewed series such as 0-1 losses.
 *
 * The block is the larger of n^(1/3) and four times the integrated autocorrelation time, at most n/6. On AR(1) and
 * sticky 0-1 series with coefficient 0, 0.5 and 0.8 and 270 to 1,344 rows the 95 % bounds hold in 92 to 96 % of the
 * series (measured; a test repeats it). Where errors are both rare and sticky (10 %, 0.8, 270 rows: about 30
 * independent rows) the upper bound holds in 91 %.
 *
 * @param series in the order of time, at least 2 finite values; equal values give bounds equal to the mean
 * @throws InvalidInput on a shorter series or a value that is not finite
 * @example blockBootstrap(losses, { confidence: 0.95, seed: 7 }).upper
 */
export function blockBootstrap(series: ArrayLike<number>, options: BootstrapOptions = {}): Bounds {
  const { confidence = 0.95, seed = 1, replicates = 2000 } = options;
  const n = series.length;
  if (n < 2) throw new InvalidInput(`a bound of the mean needs at least 2 rows, found ${n}: hold out more rows`);
  const mean = meanOf(series);
  if (!Number.isFinite(mean)) throw new InvalidInput('a bound of the mean needs finite values: leave out the rows without a loss');
  const block = Math.min(Math.floor(n / 2), options.block ?? blockLength(series, mean));
  const blockMeans = wrappedMeans(series, block);
  const spread = meanOf(blockMeans.map((value) => (value - mean) ** 2));
  const standardError = Math.sqrt((spread * block) / (n - block));
  if (standardError === 0) return { mean, standardError, lower: mean, upper: mean, block };
  const t = studentised(blockMeans, mean, standardError, Math.floor(n / block), replicates, seed);
  return {
    mean,
    standardError,
    lower: mean - quantile(t, confidence) * standardError,
    upper: mean - quantile(t, 1 - confidence) * standardError,
    block,
  };
}

/**
 * Resampled (mean* - mean) / standard error*, ascending. A resample of blocks that are all alike has no error of its
 * own; half of the series' stands in for it, which keeps the bound of one to three errors in all near Poisson's.
 */
function studentised(blockMeans: Float64Array, mean: number, standardError: number, blocks: number, replicates: number, seed: number): Float64Array {
  const random = xoshiro128(seed);
  const t = new Float64Array(replicates);
  for (let r = 0; r < replicates; r++) {
    let sum = 0;
    let squares = 0;
    for (let k = 0; k < blocks; k++) {
      const deviation = blockMeans[random.below(blockMeans.length)]! - mean;
      sum += deviation;
      squares += deviation * deviation;
    }
    const variance = (squares - (sum * sum) / blocks) / (blocks - 1);
    const own = variance > squares * 1e-12 ? Math.sqrt(variance / blocks) : standardError / 2;
    t[r] = sum / blocks / own;
  }
  return t.sort();
}

/** Mean of the `block` rows that begin at each row, going on at the start after the end. */
function wrappedMeans(series: ArrayLike<number>, block: number): Float64Array {
  const n = series.length;
  const means = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < block; i++) sum += series[i]!;
  for (let i = 0; i < n; i++) {
    means[i] = sum / block;
    sum += series[(i + block) % n]! - series[i]!;
  }
  return means;
}

function blockLength(series: ArrayLike<number>, mean: number): number {
  const most = Math.max(1, Math.floor(series.length / 6));
  const wanted = Math.max(Math.cbrt(series.length), 4 * autocorrelationTime(series, mean, most / 4));
  return Math.min(most, Math.ceil(wanted));
}

/**
 * Integrated autocorrelation time, 1 + 2 Σ ρ(k), cut off by Geyer's initial monotone sequence (Geyer, Statistical
 * Science 7, 1992). At least 1; stops at `most`.
 */
function autocorrelationTime(series: ArrayLike<number>, mean: number, most: number): number {
  const n = series.length;
  const covariance = (lag: number) => {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += (series[i]! - mean) * (series[i - lag]! - mean);
    return sum;
  };
  const variance = covariance(0);
  if (variance === 0) return 1;
  let time = -1;
  let before = Infinity;
  for (let lag = 0; lag + 1 < n && time < most; lag += 2) {
    const pair = Math.min(before, (covariance(lag) + covariance(lag + 1)) / variance);
    if (pair <= 0) break;
    time += 2 * pair;
    before = pair;
  }
  return Math.max(1, time);
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
