import { InvalidInput, type CategoryColumn, type Column, type RowRange, type Table } from '../../contracts';
import { columnOf, compare, inOrder, labelNames } from './columns';
import { fitHeads } from './heads';
import { merge, statisticsOf, type Statistics } from './statistics';
import type { CategoryInput, Features, FeatureSpec, Input, NumberInput } from './types';

/** Levels of one category column that are told apart. */
export const maximumLevels = 100;
const maximumClasses = 1000;

/**
 * Learns from training rows how rows become inputs: statistics of number columns, levels of categories (the 100 most
 * frequent), classes of the label. Columns come in the table's order, then the cycles of time.
 *
 * @param spec.cycles cycles of time to add; none where the scaler is shared
 * @param spec.scaler 'shared' takes one mean and sd over all columns, which must be numbers
 * @throws InvalidInput for a label that is missing somewhere, or that has fewer than 2 or more than 1000 classes
 */
export function fitFeatures(spec: FeatureSpec, table: Table, range: RowRange = { from: 0, to: table.rows }): Features {
  const names = inputColumns(spec, table);
  const inputs: Input[] = names.map((name) => fitColumn(name, columnOf(table, name), range, spec.scaler));
  if (spec.scaler === 'running') inputs.push(...spec.cycles.map((cycle) => ({ kind: 'cycle', cycle }) as const));
  if (inputs.length === 0) throw new InvalidInput('no column is left to learn from; take some out of features.exclude');
  const classes = fitClasses(spec.label, table, range);
  return {
    format: 1,
    label: spec.label,
    classes,
    inputs,
    width: inputs.reduce((sum, input) => sum + widthOf(input), 0),
    scaler: spec.scaler,
    shared: spec.scaler === 'shared' ? sharedStatistics(inputs) : null,
    ...(spec.head === undefined ? {} : { heads: fitHeads(spec.head, spec.label, classes, table, range) }),
  };
}

/**
 * The same features with the new rows' statistics merged in. Inputs, their order, levels and classes stay as they are, and
 * origins too, but where no row so far had a value: its mean among these rows is the first that there is.
 * Features with a shared scaler come back unchanged.
 */
export function updateFeatures(features: Features, table: Table, range: RowRange = { from: 0, to: table.rows }): Features {
  if (features.scaler === 'shared') return features;
  const inputs = features.inputs.map((input): Input => {
    if (input.kind !== 'number' || input.held) return input;
    const merged = merge(input, statisticsOf(numbers(table, input.column, range)));
    return { ...input, ...merged, origin: input.count === 0 ? merged.mean : input.origin };
  });
  return { ...features, inputs };
}

/** The columns that the model is to see, in the table's order. */
export const inputColumns = ({ label, head, exclude }: FeatureSpec, { columns }: Table): string[] =>
  Object.keys(columns).filter((name) => name !== label && name !== head && !exclude.includes(name));

/** How many of the model's inputs this is. */
export const widthOf = (input: Input): number =>
  input.kind === 'number' ? (input.indicator ? 2 : 1) : input.kind === 'category' ? input.levels.length + 1 : 2;

/** Learns how one column becomes inputs. */
export function fitColumn(name: string, column: Column, range: RowRange, scaler: FeatureSpec['scaler']): NumberInput | CategoryInput {
  if (column.kind === 'number') {
    const values = column.values.subarray(range.from, range.to);
    const statistics = statisticsOf(values);
    const shared = scaler === 'shared';
    return {
      kind: 'number',
      column: name,
      ...statistics,
      origin: shared ? 0 : statistics.mean,
      indicator: !shared && statistics.count < values.length,
    };
  }
  if (scaler === 'shared') throw new InvalidInput(`column ${name} holds categories; an image's pixels are numbers: list it in features.exclude`);
  return { kind: 'category', column: name, levels: frequentLevels(column, range, maximumLevels) };
}

/** The most frequent levels of these rows, in the order of their names. */
export function frequentLevels(column: CategoryColumn, range: RowRange, most: number, except: ReadonlySet<string> = new Set()): string[] {
  const counts = new Map<string, number>();
  for (const code of column.codes.subarray(range.from, range.to)) {
    const level = column.levels[code];
    if (level !== undefined && !except.has(level)) counts.set(level, (counts.get(level) ?? 0) + 1);
  }
  const frequent = [...counts].sort(([a, m], [b, n]) => n - m || compare(a, b)).slice(0, most);
  return frequent.map(([level]) => level).sort(compare);
}

function fitClasses(label: string, table: Table, range: RowRange): string[] {
  const found = classesIn(label, table, range);
  if (found.length < 2) {
    throw new InvalidInput(`label.column ${label} has only the class ${found.join() || '(no rows)'} in these rows; at least two are needed to train`);
  }
  return found;
}

/** The classes of these rows: in the order of numbers where all are numbers, else of their names. */
export function classesIn(label: string, table: Table, range: RowRange): string[] {
  const found = new Set<string>();
  for (const name of labelNames(table, label, range)) {
    found.add(name);
    if (found.size > maximumClasses) {
      throw new InvalidInput(`label.column ${label} has more than ${maximumClasses} classes; a column of classes is expected`);
    }
  }
  return inOrder([...found]);
}

function sharedStatistics(inputs: Input[]): { mean: number; sd: number } {
  const all = (inputs as NumberInput[]).reduce<Statistics>(merge, { count: 0, mean: 0, m2: 0 });
  const sd = Math.sqrt(all.m2 / Math.max(all.count, 1));
  return { mean: all.mean, sd: sd > 0 ? sd : 1 };
}

function numbers(table: Table, name: string, range: RowRange): Float64Array {
  const column = columnOf(table, name, 'number');
  return column.values.subarray(range.from, range.to);
}
