import type { CategoryColumn, RowRange, Table } from '../../contracts';
import { columnOf } from './columns';
import { classesIn, fitColumn, fitFeatures, frequentLevels, inputColumns, maximumLevels, widthOf } from './fit';
import { fitHeads } from './heads';
import type { Features, FeatureSpec, Input } from './types';

/**
 * A lineage's features moved to the columns, categories and classes that the rows have now, so that its model can follow
 * (see `planSurgery`). Nothing that was there changes its place:
 * - a column that is new becomes new inputs at the end, with the statistics of these rows; so does a cycle of time;
 * - a column that is gone, or that the pipeline now leaves out, stays and is held constant: encoded as missing;
 * - a new level of a category (100 at most) comes after the known ones; `unknown` stays the last of the column's inputs;
 * - a new class comes after the known ones; so does a new head.
 *
 * Heads of another column are left to a training from scratch: these rows need not have all classes that the lineage knows.
 *
 * Statistics of known columns stay as they are; training moves them. Where the pipeline's scaler is another one now
 * (pixels or not), everything but the classes is fitted anew.
 *
 * @param range rows to look at; all where it is left out
 * @param leastShare where fewer of the rows have a column's new levels, they stay unknown (default 0)
 * @returns the same object where nothing changes
 * @throws InvalidInput for a row without a label or its head, and for a class that occurs with two heads
 * @example const features = extendFeatures(champion.features, featureSpec(pipeline), table);
 */
export function extendFeatures(features: Features, spec: FeatureSpec, table: Table, range: RowRange = { from: 0, to: table.rows }, leastShare = 0): Features {
  const classes = [...features.classes, ...classesIn(spec.label, table, range).filter((name) => !features.classes.includes(name))];
  const inputs = spec.scaler === features.scaler ? extendInputs(features.inputs, spec, table, range, leastShare) : null;
  const { shared } = inputs ? features : fitFeatures(spec, table, range);
  const now = inputs ?? fitFeatures(spec, table, range).inputs;
  const width = now.reduce((sum, input) => sum + widthOf(input), 0);
  const extended: Features = { ...features, label: spec.label, classes, inputs: now, width, scaler: spec.scaler, shared };
  const { heads } = features;
  if (heads && heads.column === spec.head) extended.heads = fitHeads(heads.column, spec.label, classes, table, range, heads);
  else delete extended.heads;
  return JSON.stringify(extended) === JSON.stringify(features) ? features : extended;
}

/** The same features with every column that these rows lack, or have in another kind, held constant, so that they can be encoded all the same. */
export function holdMissing(features: Features, table: Table): Features {
  const lacks = (input: Input): boolean => input.kind !== 'cycle' && table.columns[input.column]?.kind !== input.kind;
  if (!features.inputs.some((input) => lacks(input) && !input.held)) return features;
  return { ...features, inputs: features.inputs.map((input) => (lacks(input) ? held(input) : input)) };
}

function extendInputs(inputs: Input[], spec: FeatureSpec, table: Table, range: RowRange, leastShare: number): Input[] {
  const { cycles, scaler } = spec;
  const here = new Set([...inputColumns(spec, table).map((name) => `${table.columns[name]!.kind} ${name}`), ...(scaler === 'shared' ? [] : cycles).map((cycle) => `cycle ${cycle}`)]);
  const keyOf = (input: Input): string => `${input.kind} ${input.kind === 'cycle' ? input.cycle : input.column}`;
  const known = inputs.map((input): Input => {
    if (!here.delete(keyOf(input))) return held(input);
    const { held: _, ...live } = input;
    return live.kind === 'category' ? { ...live, levels: [...live.levels, ...newLevels(live.levels, columnOf(table, live.column, 'category'), range, leastShare)] } : live;
  });
  const added = [...here].map((key): Input => {
    const name = key.slice(key.indexOf(' ') + 1);
    const cycle = cycles.find((one) => key === `cycle ${one}`);
    return cycle ? { kind: 'cycle', cycle } : fitColumn(name, columnOf(table, name), range, scaler);
  });
  return [...known, ...added];
}

function newLevels(levels: string[], column: CategoryColumn, range: RowRange, leastShare: number): string[] {
  const room = Math.max(0, maximumLevels - levels.length);
  const found = frequentLevels(column, range, room, new Set(levels));
  return shareOf(column, found, range) < leastShare ? [] : found;
}

/** The share of the rows that have one of these levels. */
function shareOf(column: CategoryColumn, levels: string[], { from, to }: RowRange): number {
  const wanted = new Set(levels.map((level) => column.levels.indexOf(level)));
  return column.codes.subarray(from, to).filter((code) => wanted.has(code)).length / (to - from);
}

const held = (input: Input): Input => ({ ...input, held: true });
