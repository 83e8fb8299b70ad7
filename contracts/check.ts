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
  throw new InvalidInput(`${what}: ${explain(result.error, value)}${example === undefined ? '' : `. A valid example: ${JSON.stringify(example)}`}`);
}

/** One sentence of all that a schema found wrong: field, value, expectation. */
export function explain(error: z.ZodError, value: unknown): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => {
      const field = issue.path.join('.') || 'input';
      const found = at(value, issue.path);
      const seen = found === undefined ? 'is missing' : `is ${shorten(found)}`;
      return `${field} ${seen}: ${issue.message}`;
    })
    .join('; ');
}

function at(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
