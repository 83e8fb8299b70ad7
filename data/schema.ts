import type { DuckDBConnection } from '@duckdb/node-api';
import { InvalidInput, SchemaMismatch, type Pipeline, type Schema } from '../contracts';
import { query } from './database';
import { distinctNames, type Part, type SourceColumn } from './part';

export type Kind = Schema['columns'][number]['kind'];
export type Described = Pick<Pipeline, 'source' | 'label'>;

/** A column of the staged rows: numbers where the source has numbers, else text. */
export interface StagedColumn {
  name: string;
  /** Its name among the staged rows. */
  staged: string;
  numeric: boolean;
  /** What it must be; null where that is still to be inferred. */
  kind: Kind | null;
}

const inferredFrom = 0.95;

/**
 * The columns to stage: at the first pull those that all files have, later those of the held schema and of any file.
 * Throws `SchemaMismatch` that names a column which is not there, or where pipeline and schema contradict each other.
 */
export function stagedColumns(parts: Part[], pipeline: Described, held: Schema | null): StagedColumn[] {
  const { time, types } = pipeline.source;
  const { column: label, head } = pipeline.label;
  if (time === label) throw new InvalidInput(`source.time and label.column are both "${time}": a time is no label. Name another column in one of them.`);
  if (time === head) throw new InvalidInput(`source.time and label.head are both "${time}": a time does not say which classes a row can be one of. Name another column in one of them.`);
  if (types[label] === 'number') throw new InvalidInput(`source.types says that the label "${label}" is a number; labels are categories. Take it out of source.types.`);
  if (held) agree(pipeline, held);
  const filled = parts.filter((part) => part.columns.length > 0);
  distinctNames([...new Set([...(held?.columns ?? []), ...filled.flatMap((part) => part.columns)].map(({ name }) => name))], filled[0]?.file ?? 'the source');
  for (const part of filled) {
    need(part, time, 'source.time names', 'Name one of these in source.time');
    need(part, label, 'label.column names', 'Name one of these in label.column');
    if (head !== undefined) need(part, head, 'label.head names', 'Name one of these in label.head. Files whose rows a run has learned from already need the column too: add it there, or move them away from source.files');
    if (!held) for (const name of Object.keys(types)) need(part, name, 'source.types names', 'Name one of these in source.types');
  }
  const ofHead = head === undefined ? [] : ([[head, 'category']] as const);
  const kinds = new Map<string, Kind>([...Object.entries(types), ...ofHead, ...(held?.columns ?? []).map(({ name, kind }) => [name, kind] as const), [label, 'category']]);
  const names = (held ? allNames(held, filled) : commonNames(filled)).filter((name) => name !== time);
  return (names.length > 0 ? names : [label]).map((name, i) => {
    const kind = kinds.get(name) ?? null;
    const having = filled.flatMap((part) => columnOf(part, name) ?? []);
    const numeric = having.length > 0 && kind !== 'category' && having.every(({ type }) => isNumeric(type));
    return { name, staged: `c${i}`, numeric, kind };
  });
}

function agree({ source, label }: Described, held: Schema): void {
  const cure = 'Put the pipeline back, or apply it under another name to begin with a new schema';
  if (held.time !== source.time) throw new SchemaMismatch(`source.time is "${source.time}", the held schema's time is "${held.time}". ${cure}.`);
  if (held.label !== label.column) throw new SchemaMismatch(`label.column is "${label.column}", the held schema's label is "${held.label}". ${cure}.`);
  for (const { name, kind } of held.columns) {
    const wanted = Object.hasOwn(source.types, name) ? source.types[name]! : kind;
    if (wanted !== kind) throw new SchemaMismatch(`source.types says that "${name}" is a ${wanted}, the held schema says ${kind}. ${cure}.`);
  }
}

function need(part: Part, name: string, who: string, cure: string): void {
  if (columnOf(part, name)) return;
  const there = part.columns.map((column) => column.name).join(', ');
  throw new SchemaMismatch(`${who} the column "${name}", which is not in ${part.file} (it has: ${there.slice(0, 500)}). ${cure}.`);
}

const commonNames = ([first, ...others]: Part[]): string[] =>
  (first?.columns ?? []).map(({ name }) => name).filter((name) => others.every((part) => columnOf(part, name)));

const allNames = (held: Schema, parts: Part[]): string[] =>
  [...new Set([...held.columns.map(({ name }) => name), ...parts.flatMap((part) => part.columns.map(({ name }) => name))])];

export const columnOf = (part: Part, name: string): SourceColumn | undefined => part.columns.find((column) => column.name === name);

export const isNumeric = (type: string): boolean => /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/.test(type);

/** SQL that reads text as a category: a data frame with a gap writes the classes 1 and 2 as 1.0 and 2.0. */
export const categoryOf = (text: string): string => `regexp_replace(${text}, '^(-?\\d{1,15})\\.0+$', '\\1')`;

/** SQL that reads text as a number; NULL where it is none. DuckDB itself would take `1_2` for 12. */
export const numberOf = (text: string): string => `CASE WHEN contains(${text}, '_') THEN NULL ELSE TRY_CAST(${text} AS DOUBLE) END`;

/**
 * The schema of the staged rows, all of which are looked at: a column is a number where at least 95 % of its values
 * that are not empty can be read as numbers. A column without any value is left out; it tells nothing yet.
 */
export async function inferSchema(connection: DuckDBConnection, columns: StagedColumn[], { source, label }: Described): Promise<Schema> {
  const counts = columns.map(({ staged, numeric }, i) =>
    `count(${staged}) AS n${i}, ${numeric ? `count(${staged})` : `count(${numberOf(staged)})`} AS m${i}`);
  const [found] = await query<Record<string, number>>(connection, `SELECT ${counts.join(', ')} FROM staged WHERE t IS NOT NULL`);
  const kinds = columns.map(({ name, kind }, i) => {
    const [values, numbers] = [found![`n${i}`]!, found![`m${i}`]!];
    const inferred: Kind | null = values === 0 ? null : numbers >= inferredFrom * values ? 'number' : 'category';
    return { name, kind: kind ?? inferred };
  });
  return {
    format: 1,
    version: 1,
    time: source.time,
    label: label.column,
    columns: kinds.filter((column): column is { name: string; kind: Kind } => column.kind !== null),
  };
}

/**
 * The held schema as the files of the staged rows have it: a column that none of them has is gone, one that they have
 * besides, with values in it, is new. Where anything changed, it is the schema's next version.
 */
export async function followSchema(connection: DuckDBConnection, parts: Part[], columns: StagedColumn[], pipeline: Described, held: Schema): Promise<Schema> {
  const used = await query<{ part: number }>(connection, 'SELECT DISTINCT part FROM staged WHERE t IS NOT NULL');
  if (used.length === 0) return held;
  const there = new Set(used.flatMap(({ part }) => parts[part]!.columns.map(({ name }) => name)));
  const known = new Set(held.columns.map(({ name }) => name));
  const kept = held.columns.filter(({ name }) => there.has(name));
  const besides = columns.filter(({ name }) => there.has(name) && !known.has(name));
  const fresh = besides.length === 0 ? [] : (await inferSchema(connection, besides, pipeline)).columns;
  if (fresh.length === 0 && kept.length === held.columns.length) return held;
  return { ...held, version: held.version + 1, columns: [...kept, ...fresh] };
}

/** Columns of the source that are neither the schema's nor its time. */
export function extraColumns(parts: Part[], schema: Schema): string[] {
  const known = new Set([schema.time, ...schema.columns.map(({ name }) => name)]);
  return [...new Set(parts.flatMap((part) => part.columns.map(({ name }) => name)))].filter((name) => !known.has(name));
}
