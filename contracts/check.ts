import type { z } from 'zod';
import { InvalidInput } from './errors';

/**
 * Checks a value against a schema. Throws `InvalidInput` whose message names each field, what stands there and what is
 * expected, and ends with a valid example.
 *
 * @example check(retrainInput, input, 'retrain', { pipeline: 'electricity' })
 */
export function check<S extends z.ZodType>(schema: S, value: unknown, what: string, example?: unknown): z.output<S> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  throw new InvalidInput(`${what}: ${explain(result.error, value, { schema, example })}${example === undefined ? '' : `. A valid example: ${JSON.stringify(example)}`}`);
}

/** What helps to say what was expected: the schema has the fields that are known, the example a value for one that is missing. */
export interface ExplainHints {
  schema?: z.ZodType;
  example?: unknown;
}

/** One sentence of all that a schema found wrong: field, value, expectation. */
export function explain(error: z.ZodError, value: unknown, hints: ExplainHints = {}): string {
  return error.issues
    .slice(0, shownFields)
    .map((issue) => {
      if (issue.code === 'unrecognized_keys') return unknownFields(issue, value, hints);
      const field = nameOf(issue.path) || 'input';
      const found = at(value, issue.path);
      const seen = found === undefined ? 'is missing' : `is ${shorten(found)}`;
      return `${field} ${seen}: ${expectation(issue, hints)}`;
    })
    .join('; ');
}

/** Some of them, however many were sent: this is said within a workflow's time. */
function unknownFields({ keys, path }: z.core.$ZodIssueUnrecognizedKeys, value: unknown, { schema }: ExplainHints): string {
  const known = schema && knownFields(schema, path, value);
  const cure = known === undefined ? '' : known.length === 0 ? '; there are none here' : `; known here: ${known.join(', ')}`;
  const named = keys.slice(0, shownFields).map((key) => `${nameOf([...path, key])}: no such field${cure}`);
  return [...named, ...(keys.length > shownFields ? [`and ${keys.length - shownFields} more`] : [])].join('; ');
}

const shownFields = 5;
const nameOf = (path: PropertyKey[]): string => clipped(path.join('.'), 120);

const types: Record<string, string> = {
  string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', tuple: 'a list', object: 'fields', record: 'fields',
};

/** What a schema expects, in words. A message that the schema brings along is left as it is. */
function expectation(issue: z.core.$ZodIssue, { example }: ExplainHints): string {
  if (!/^(Invalid|Too )/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type': {
      const such = at(example, issue.path);
      return `${types[issue.expected] ?? issue.expected}${such === undefined ? '' : ` such as ${typeof such === 'string' ? such : JSON.stringify(such)}`}`;
    }
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${amount(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${amount(issue.maximum, issue.origin)}`;
    case 'invalid_format':
      return issue.format === 'datetime' ? 'a time such as 1996-08-01T00:00:00Z' : issue.message;
    default:
      return issue.message;
  }
}

const units: Record<string, [one: string, more: string]> = { string: ['letter', 'letters'], array: ['entry', 'entries'] };
const amount = (bound: number | bigint, origin: string): string => [`${bound}`, ...(units[origin] ? [units[origin][Number(bound) === 1 ? 0 : 1]] : [])].join(' ');

/** The part of a zod schema that says what is in it. */
interface Definition {
  type: string;
  shape?: Record<PropertyKey, z.core.$ZodType>;
  element?: z.core.$ZodType;
  valueType?: z.core.$ZodType;
  innerType?: z.core.$ZodType;
  in?: z.core.$ZodType;
  options?: z.core.$ZodType[];
}
const definition = (schema: z.core.$ZodType): Definition => schema._zod.def as unknown as Definition;

/** The fields that are known at a path. Of a choice, those of the form that shares most fields with what stands there. */
function knownFields(schema: z.ZodType, path: PropertyKey[], value: unknown): string[] | undefined {
  const schemas = path.reduce<z.core.$ZodType[]>((outer, key) => outer.flatMap(forms).flatMap((form) => inside(form, key)), [schema]);
  const written = Object.keys(Object(at(value, path)));
  const shared = (fields: string[]) => written.filter((name) => fields.includes(name)).length;
  const choices = schemas.flatMap(forms).flatMap((form) => {
    const { shape } = definition(form);
    return shape ? [Object.keys(shape)] : [];
  });
  return choices.sort((a, b) => shared(b) - shared(a))[0];
}

/** A schema without its defaults and transformations; of a choice, each of its forms. */
function forms(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { type, innerType, in: input, options } = definition(schema);
  if (type === 'union' && options) return options.flatMap(forms);
  const inner = innerType ?? (type === 'pipe' ? input : undefined);
  return inner ? forms(inner) : [schema];
}

function inside(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType[] {
  const { shape, element, valueType } = definition(schema);
  const inner = shape?.[key] ?? element ?? valueType;
  return inner ? [inner] : [];
}

function at(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

function shorten(value: unknown): string {
  try {
    return clipped(JSON.stringify(value) ?? String(value), 78);
  } catch {
    return 'something nested too deeply'; // or in itself
  }
}

const clipped = (text: string, letters: number): string => (text.length > letters ? `${text.slice(0, letters - 1)}…` : text);
