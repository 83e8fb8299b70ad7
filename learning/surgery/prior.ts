import type { RowRange, Table } from '../../contracts';
import { labels, type Features } from '../features';
import type { Learner } from '../learner';
import { headOf } from '../models';
import { logitsOf } from '../predict';
import { asSeenBy } from './check';

/** Rows that the champion's logits are looked at on. */
const judged = 2048;

/** Rows that tell how frequent the new classes are. */
export interface PriorRows {
  table: Table;
  range?: RowRange;
}

/**
 * The biases of new classes, whose kernels begin with zeros: such that on average each gets its share p of the
 * probability, b = log(p / (1 - Σ p of all new classes)) + mean of log Σ exp of the champion's logits.
 *
 * With rows, p is a class's share of them, with one more row of each class so that it is never 0 or 1, and the mean is
 * over the last 2,048. Without rows all classes are alike, and the champion's biases stand for its logits. Where there
 * are heads, all of it is about the class's own head; 0 for a head that is new.
 *
 * @param features those of now, with the new classes last
 * @returns float32 [new classes]
 */
export function newBiases(champion: Learner, features: Features, rows: PriorRows | undefined): Float32Array {
  const [before, after] = [champion.features.classes.length, features.classes.length];
  const counts = new Float64Array(after).fill(1);
  if (rows) for (const label of labels(features, rows.table, rows.range)) counts[label]!++;
  const logits = rows ? championLogits(champion, features, rows) : headOf(champion.model).bias.dataSync<'float32'>();
  return Float32Array.from({ length: after - before }, (_, i) => {
    const label = before + i;
    const rivals = features.heads?.classes.find((members) => members.includes(label)) ?? [...counts.keys()];
    const known = rivals.filter((rival) => rival < before);
    if (known.length === 0) return 0;
    return Math.log(counts[label]! / known.reduce((sum, rival) => sum + counts[rival]!, 0)) + meanLogSumExp(logits, before, known);
  });
}

function championLogits({ model, features }: Learner, now: Features, { table, range = { from: 0, to: table.rows } }: PriorRows): Float32Array {
  return logitsOf(model, asSeenBy(now, features, table), table, { from: Math.max(range.from, range.to - judged), to: range.to });
}

function meanLogSumExp(logits: Float32Array, classes: number, among: number[]): number {
  let sum = 0;
  for (let row = 0; row < logits.length; row += classes) {
    const most = Math.max(...among.map((label) => logits[row + label]!));
    sum += most + Math.log(among.reduce((total, label) => total + Math.exp(logits[row + label]! - most), 0));
  }
  return sum / (logits.length / classes);
}
