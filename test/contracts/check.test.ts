import { z } from 'zod';
import { check, explain } from '../../contracts';

const schema = z.strictObject({ pipeline: z.string(), until: z.string().optional() });
const message = (value: unknown): string => explain(schema.safeParse(value).error!, value, { schema });

test('of thousands of unknown fields five are named and the others counted, at once', () => {
  const value = { pipeline: 'p', ...Object.fromEntries(Array.from({ length: 12_000 }, (_, i) => [`x${i}`, i])) };
  const began = performance.now();
  const text = message(value);
  expect(performance.now() - began).toBeLessThan(500);
  expect(text.split('; ').filter((part) => part.endsWith('no such field'))).toEqual(['x0', 'x1', 'x2', 'x3', 'x4'].map((name) => `${name}: no such field`));
  expect(text).toMatch(/; and 11995 more$/);
});

test('five unknown fields are all named', () => {
  expect(message({ pipeline: 'p', a: 1, b: 1, c: 1, d: 1, e: 1 })).not.toContain('more');
});

test('a name as long as a page is cut', () => {
  expect(message({ pipeline: 'p', ['x'.repeat(10_000)]: 1 }).length).toBeLessThan(300);
});

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => [inner], 1);

test.each([['deeply nested', deep], ['cyclic', cyclic]])('a %s value is refused in words', (_, pipeline) => {
  expect(message({ pipeline })).toBe('pipeline is something nested too deeply: a text');
  expect(() => check(schema, { pipeline }, 'start')).toThrow('start: pipeline is something nested too deeply: a text');
});
