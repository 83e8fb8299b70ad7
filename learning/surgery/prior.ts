import type { RowRange, Table } from '../../contracts';
import { labels, type Features } from '../features';
import type { Learner } from '../learner';
import { logitsOf } from '../predict';
import { asSeenBy } from './check';

/** Rows that the champion's logits are looked at on. */
const judged = 2048;

/** New classes begin with half of the probability at most: a period may hold nothing else, and the rest is known all the same. */
const most = 0.5;

/** Rows that tell how frequent the new classes are. */
export interface PriorRows {
  table: Table;
  range?: RowRange;
}

/**
 * The biases of new classes, whose kernels begin with zeros: such that on average over the rows each gets its share p of
 * the probability. Their logits are the same for every row, so T = Σ exp b is the one solution of
 * mean of T / (T + Σ exp of the champion's logits) = Σ p, and b = log T + log(p / Σ p).
 *
 * With rows, p is a class's share of them (that of all new classes at most a half), with one more row of each class so that
 * it is never 0 or 1, and the mean is over the last 2,048. Without rows all classes are alike, and the champion's biases
 * stand for its logits. Where there are heads, all of it is about the class's own head and the rows of it; 0 for a head that is new.
 *
 * @param features those of now, with the new classes last
 * @param biases the champion's
 * @returns float32 [new classes]
 */
export function newBiases(champion: Learner, features: Features, rows: PriorRows | undefined, biases: Float32Array): Float32Array {
  const [before, after] = [champion.features.classes.length, features.classes.length];
  const counts = new Float64Array(after).fill(1);
  const found = rows ? labels(features, rows.table, rows.range) : [];
  for (const label of found) counts[label]!++;
  const logits = found.length > 0 ? championLogits(champion, features, rows!) : biases;
  const labelsOfLogits = found.slice(-judged);
  return Float32Array.from({ length: after - before }, (_, i) => {
    const label = before + i;
    const rivals = features.heads?.classes.find((members) => members.includes(label)) ?? [...counts.keys()];
    const known = rivals.filter((rival) => rival < before);
    if (known.length === 0) return 0;
    const rows = (of: number[]): number => of.reduce((sum, rival) => sum + counts[rival]!, 0);
    const fresh = rows(rivals) - rows(known);
    const own = logSumExp(logits, before, known).filter((_, row) => rivals.includes(labelsOfLogits[row]!));
    return levelFor(own.length > 0 ? own : logSumExp(biases, before, known), Math.min(most, fresh / rows(rivals))) + Math.log(counts[label]! / fresh);
  });
}

function championLogits({ model, features }: Learner, now: Features, { table, range = { from: 0, to: table.rows } }: PriorRows): Float32Array {
  return logitsOf(model, asSeenBy(now, features, table), table, { from: Math.max(range.from, range.to - judged), to: range.to });
}

/** log Σ exp of each row's logits among these classes. */
function logSumExp(logits: Float32Array, classes: number, among: number[]): Float64Array {
  return Float64Array.from({ length: logits.length / classes }, (_, row) => {
    const own = among.map((label) => logits[row * classes + label]!);
    const most = Math.max(...own);
    return most + Math.log(own.reduce((total, logit) => total + Math.exp(logit - most), 0));
  });
}

/** log T for which T / (T + exp s) is `share` on average over the rows' s. The mean grows with T, so halving finds it. */
function levelFor(sums: Float64Array, share: number): number {
  const odds = Math.log(share / (1 - share));
  let [low, high] = [Math.min(...sums) + odds, Math.max(...sums) + odds];
  for (let halvings = 0; halvings < 60; halvings++) {
    const middle = (low + high) / 2;
    const mean = sums.reduce((total, s) => total + 1 / (1 + Math.exp(s - middle)), 0) / sums.length;
    if (mean < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
