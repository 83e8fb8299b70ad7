import { z } from 'zod';

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
type Unit = keyof typeof units;

const expected = 'a number and a unit, such as 90s, 15m, 12h, 2d or 4w';
const longest = 3650 * units.d;

/** A span of time in words, at most ten years: `0s`, `90s`, `15m`, `2d`. */
export const duration = z
  .string({ error: expected })
  .regex(/^\d{1,12}(ms|s|m|h|d|w)$/, { error: expected, abort: true })
  .refine((span) => milliseconds(span) <= longest, 'at most ten years (3650d)');

/** A span of time for something to happen in. */
export const positiveDuration = duration.refine((span) => milliseconds(span) > 0, 'more than 0; to wait practically for ever, say 3650d');

/** Milliseconds of a checked duration. Example: `milliseconds('15m')` is 900000. */
export function milliseconds(span: string): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d|w)$/.exec(span)!;
  return Number(count) * units[unit as Unit];
}
