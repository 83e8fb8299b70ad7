import { heldOutRange, type BackendFacts, type Pipeline, type RowRange, type Table } from '../../contracts';
import { accuracy, labels, predict, train, type Learner } from '../../learning';
import { firstRowOf, periods } from './periods';

/** What a model that goes on learning still knows of the periods that it has been through. */
export interface Forgetting {
  /** After each period, beginning with the first version: mean accuracy on the held-out rows of all periods so far. */
  known: Record<string, number[]>;
  /** Mean over the earlier periods: accuracy right after learning them, less accuracy at the end (Lopez-Paz & Ranzato 2017). */
  forgotten: Record<string, number>;
}

/** Goes through all periods with fine-tuning and with the pipeline's own strategy, without gates. */
export async function measureForgetting(pipeline: Pipeline, table: Table, backend: BackendFacts): Promise<Forgetting> {
  const strategies = [{ name: 'fine-tune', options: {} }, pipeline.learning.strategy];
  const result: Forgetting = { known: {}, forgotten: {} };
  for (const strategy of strategies) {
    const matrix = await throughAllPeriods({ ...pipeline, learning: { ...pipeline.learning, strategy } }, table, backend);
    const last = matrix.at(-1)!;
    result.known[strategy.name] = matrix.map(mean);
    result.forgotten[strategy.name] = mean(matrix.slice(0, -1).map((row, period) => row[period]! - last[period]!));
  }
  return result;
}

/** Row i: accuracies on the held-out rows of periods 0 to i after learning period i. */
async function throughAllPeriods(pipeline: Pipeline, table: Table, backend: BackendFacts): Promise<number[][]> {
  const matrix: number[][] = [];
  let learner: Learner | null = null;
  for (let period = 0; period <= periods; period++) {
    const { learner: next } = await train({ pipeline, table, range: { from: rangeOf(period).from, to: held(pipeline, period).from }, parent: learner, backend });
    learner?.model.dispose();
    learner = next;
    matrix.push(Array.from({ length: period + 1 }, (_, earlier) => judge(next, table, held(pipeline, earlier))));
  }
  learner?.model.dispose();
  return matrix;
}

function judge({ model, features }: Learner, table: Table, range: RowRange): number {
  return accuracy(predict(model, features, table, range).predictions, labels(features, table, range));
}

const rangeOf = (period: number): RowRange => ({ from: period === 0 ? 0 : firstRowOf(period), to: firstRowOf(period + 1) });

function held({ gates }: Pipeline, period: number): RowRange {
  const { from, to } = rangeOf(period);
  const within = heldOutRange(to - from, gates.holdout);
  return { from: from + within.from, to: from + within.to };
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
