import { InvalidInput, type CategoryColumn, type Column, type Table } from '../contracts';
import { encode, type Features } from '../learning';
import { flatData, type InferInput, type InferRequest } from './protocol';

/** What the reader of a request must know of a version. */
export interface InputSpec {
  features: Features;
  timeColumn: string;
}
export interface Encoded {
  rows: number;
  /** Features before scaling, row after row. */
  values: Float32Array;
  /** Each row's head as its index; null where all classes compete. */
  heads: Int32Array | null;
}

/** Name of the one input that holds encoded features; without it, each input is a column of raw rows. */
export const tensorName = 'features';

/**
 * A request's rows as encoded features: sent so (`features`, FP32 [n, width]) or encoded here from raw columns
 * ([n] or [n, 1] each; null where a value is missing; the time as ISO 8601, UTC where it names no offset, as YYYYMMDD or
 * YYYYMMDDHHMMSS, or as a number of seconds, milliseconds, microseconds or nanoseconds since 1970). Texts mean what they mean
 * where training data are pulled. The column that names a row's head comes beside
 * either. Throws `InvalidInput` that names the input, the value and the cure.
 */
export function readInputs(spec: InputSpec, { inputs }: InferRequest): Encoded {
  const raw = columnsOf(spec);
  const head = spec.features.heads?.column;
  const [tensor, ...others] = inputs.filter(({ name }) => name !== head);
  return tensor?.name === tensorName && others.length === 0 && !raw.has(tensorName)
    ? readTensor(spec.features, tensor, inputs.find(({ name }) => name === head))
    : readRows(spec, raw, inputs);
}

type Kind = Column['kind'] | 'time';

/** Of all rows of a request: a short list of categories becomes many numbers, and while these are made nobody else is answered. */
const most = 2 ** 24;

/** Numbers that a row becomes, or that its answer holds, or letters of its label: whichever is most. */
function demandFew(rows: number, { width, classes }: Features): void {
  const each = classes.reduce((size, { length }) => Math.max(size, length), Math.max(width, classes.length));
  if (rows * each > most) throw new InvalidInput(`infer: ${rows} rows are too many for one request, which becomes, and is answered with, ${most} numbers or letters at most; send ${Math.floor(most / each)} rows at a time.`);
}

/**
 * The raw columns that a version reads, the time among them where a cycle needs it, and the one that names the head; not those
 * that are held constant.
 */
export function columnsOf({ features, timeColumn }: InputSpec): Map<string, Kind> {
  const read = features.inputs.filter(({ held }) => !held);
  const columns = new Map<string, Kind>(read.map((input) => (input.kind === 'cycle' ? [timeColumn, 'time'] : [input.column, input.kind])));
  return features.heads ? columns.set(features.heads.column, 'category') : columns;
}

function readTensor(features: Features, input: InferInput, head: InferInput | undefined): Encoded {
  const { width } = features;
  const { shape, datatype } = input;
  if (shape.length !== 2 || shape[1] !== width) {
    throw new InvalidInput(`infer: inputs.features.shape is [${shape.join(', ')}]; this version takes [rows, ${width}].`);
  }
  if (datatype === 'BYTES' || datatype === 'BOOL') {
    throw new InvalidInput(`infer: inputs.features.datatype is ${datatype}; send numbers as FP32.`);
  }
  const rows = atLeastOne(shape[0]!, 'features');
  const data = flatData(input);
  demandFew(rows, features);
  const values = Float32Array.from(data, (value, i) => {
    if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return value;
    throw new InvalidInput(`infer: inputs.features.data[${i}] is ${shown(value)}; a number that FP32 can hold is expected.`);
  });
  if (features.heads && !head) throw new InvalidInput(`infer: inputs lacks ${features.heads.column}, which says which classes a row can be one of; send it beside ${tensorName}, as BYTES.`);
  return { rows, values, heads: head ? readHeads(features, head, columnData(head, rows, tensorName)) : null };
}

/** Each row's head as its index. */
function readHeads({ heads }: Features, { name }: InferInput, values: unknown[]): Int32Array {
  return Int32Array.from(values, (value, i) => {
    const index = typeof value === 'string' || typeof value === 'number' ? heads!.names.indexOf(categoryOf(value)) : -1;
    if (index >= 0) return index;
    throw new InvalidInput(`infer: inputs.${name}.data[${i}] is ${shown(value)}; one of ${heads!.names.slice(0, 30).join(', ')} is expected: it says which classes the row can be one of.`);
  });
}

function readRows(spec: InputSpec, raw: Map<string, Kind>, inputs: InferInput[]): Encoded {
  const takes = `It takes ${[...raw.keys()].slice(0, 30).join(', ')}, or one tensor named ${tensorName}.`;
  // A column that is held constant since it was no longer given may still be sent; it is not read.
  const held = new Set(spec.features.inputs.flatMap((input) => (input.held && input.kind !== 'cycle' && !raw.has(input.column) ? [input.column] : [])));
  const strange = inputs.find(({ name }) => !raw.has(name) && name !== spec.timeColumn && !held.has(name));
  if (strange) throw new InvalidInput(`infer: inputs names ${shown(strange.name)}, which is no column of the model. ${takes}`);
  const sent = new Set(inputs.map(({ name }) => name));
  const missing = [...raw.keys()].filter((name) => !sent.has(name));
  if (missing.length > 0) {
    throw new InvalidInput(`infer: inputs lacks ${missing.slice(0, 30).join(', ')}; send null where a value is not known. ${takes}`);
  }
  const rows = atLeastOne(inputs[0]!.shape[0]!, inputs[0]!.name);
  columnData(inputs[0]!, rows, inputs[0]!.name);
  demandFew(rows, spec.features);
  const table: Table = { rows, time: new Float64Array(rows), columns: {} };
  let heads: Int32Array | null = null;
  for (const input of inputs.filter(({ name }) => !held.has(name))) {
    const values = columnData(input, rows, inputs[0]!.name);
    if (input.name === spec.features.heads?.column) {
      heads = readHeads(spec.features, input, values);
      continue;
    }
    const kind = raw.get(input.name) ?? 'time';
    if (kind === 'time') table.time = Float64Array.from(values, (value, i) => readTime(value, input.name, i));
    else table.columns[input.name] = kind === 'number' ? numberColumn(input, values) : categoryColumn(input, values);
  }
  return { rows, values: encode(spec.features, table), heads };
}

function columnData(input: InferInput, rows: number, first: string): unknown[] {
  const { name, shape } = input;
  if (shape.length > 2 || (shape.length === 2 && shape[1] !== 1)) {
    throw new InvalidInput(`infer: inputs.${name}.shape is [${shape.join(', ')}]; a column has [rows] or [rows, 1].`);
  }
  if (shape[0] !== rows) throw new InvalidInput(`infer: inputs.${name} has ${shape[0]} rows and inputs.${first} has ${rows}; send as many of each.`);
  return flatData(input);
}

function numberColumn({ name, datatype }: InferInput, values: unknown[]): Column {
  if (datatype === 'BYTES') throw new InvalidInput(`infer: inputs.${name}.datatype is BYTES, but the column holds numbers; send it as FP64.`);
  return {
    kind: 'number',
    values: Float64Array.from(values, (value, i) => {
      if (value === null) return NaN;
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      if (datatype === 'BOOL' && typeof value === 'boolean') return Number(value);
      throw new InvalidInput(`infer: inputs.${name}.data[${i}] is ${shown(value)}; a number is expected, or null where it is not known.`);
    }),
  };
}

function categoryColumn({ name }: InferInput, values: unknown[]): CategoryColumn {
  const levels = new Map<string, number>();
  const codes = Int32Array.from(values, (value, i) => {
    if (value === null) return -1;
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new InvalidInput(`infer: inputs.${name}.data[${i}] is ${shown(value)}; a category is expected, as BYTES, or null where it is not known.`);
    }
    const level = categoryOf(value);
    if (level === '') return -1;
    if (!levels.has(level)) levels.set(level, levels.size);
    return levels.get(level)!;
  });
  return { kind: 'category', levels: [...levels.keys()], codes };
}

/** As the pull reads a category: without spaces of any script around it, and 1.0 as the 1 that a data frame with a gap made it of. */
const categoryOf = (value: string | number): string => trimmed(String(value)).replace(/^(-?\d{1,15})\.0+$/, '$1');

const space = /\p{Zs}/u;

/** Letter by letter: an expression would look at a text of spaces again and again. */
function trimmed(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && space.test(text[from]!)) from++;
  while (to > from && space.test(text[to - 1]!)) to--;
  return text.slice(from, to);
}

const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?(?:Z|([+-]\d\d)(?::?(\d\d))?)?)?$/;
const compact = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/;

function readTime(value: unknown, name: string, i: number): number {
  const time = typeof value === 'number' || typeof value === 'string' ? timeOf(String(value).trim(), value) : NaN;
  if (Number.isFinite(new Date(time).getTime())) return time;
  throw new InvalidInput(`infer: inputs.${name}.data[${i}] is ${shown(value)}; a time such as "1997-05-05T00:30:00Z" is expected.`);
}

/** Milliseconds since 1970; NaN where it is no time. */
function timeOf(text: string, value: string | number): number {
  const digits = compact.exec(text);
  if (digits) return instant(digits, digits[4] ? `${digits[4]}:${digits[5]}:${digits[6]}` : '00:00', '+00:00');
  const parts = iso.exec(text);
  if (parts) return instant(parts, (parts[4] ?? '00:00') + (parts[5] ?? ''), parts[6] ? `${parts[6]}:${parts[7] ?? '00'}` : '+00:00');
  return typeof value === 'number' ? epoch(value) : NaN;
}

/** JavaScript makes of the 30th of February a day in March. */
function instant([, year, month, day]: RegExpExecArray, clock: string, offset: string): number {
  const date = `${year}-${month}-${day}`;
  const midnight = new Date(`${date}T00:00Z`).getTime();
  return Number.isFinite(midnight) && new Date(midnight).toISOString().startsWith(date) ? Date.parse(`${date}T${clock}${offset}`) : NaN;
}

/** Milliseconds of a time since 1970 whose unit its size tells, as it does where training data are pulled. */
function epoch(value: number): number {
  const size = Math.abs(value);
  return Math.floor(size < 1e11 ? value * 1e3 : size < 1e14 ? value : size < 1e17 ? value / 1e3 : value / 1e6);
}

function atLeastOne(rows: number, name: string): number {
  if (rows > 0) return rows;
  throw new InvalidInput(`infer: inputs.${name}.shape says 0 rows; send at least one.`);
}

function shown(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
