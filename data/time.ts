import { InvalidInput } from '../contracts';

/**
 * SQL that turns a column into a TIMESTAMP in UTC, cut to milliseconds; NULL where it is no time. Text is read as
 * - ISO 8601 and what else DuckDB casts to a time; without an offset it is UTC;
 * - `YYYYMMDD`, where it is eight digits, and `YYYYMMDDHHMMSS`, where it is fourteen;
 * - an epoch, where it is another number: seconds below 1e11, milliseconds below 1e14, microseconds below 1e17, else
 *   nanoseconds.
 *
 * @param type the column's type in DuckDB; what is not a time there is read as its text.
 */
export function timeOf(column: string, type: string): string {
  if (/^(TIMESTAMP|DATE)/.test(type)) return cut(type === 'DATE' || type === 'TIMESTAMP_NS' ? `CAST(${column} AS TIMESTAMP)` : column);
  const value = `trim(CAST(${column} AS VARCHAR))`;
  return `COALESCE(${zoned(value)}, CASE
    WHEN regexp_full_match(${value}, '\\d{8}(\\.0*)?') THEN try_strptime(split_part(${value}, '.', 1), '%Y%m%d')
    WHEN regexp_full_match(${value}, '\\d{14}(\\.0*)?') THEN try_strptime(split_part(${value}, '.', 1), '%Y%m%d%H%M%S')
    WHEN regexp_full_match(${value}, '[+-]?\\d+(\\.\\d*)?(e\\+?\\d+)?') THEN ${epoch(`TRY_CAST(${value} AS DOUBLE)`)}
    ELSE ${zoned(`regexp_replace(${value}, '([T ]\\d\\d:\\d\\d)(Z|[+-]\\d\\d.*)$', '\\1:00\\2')`)}
  END)`;
}

/** SQL that is true of times whose year ISO 8601 writes with four digits. */
export const isCommonEra = (time: string): string => `${time} BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999'`;

const cut = (instant: string): string => `make_timestamp_ms(epoch_ms(${instant}))`;
// Only the cast to a time with a zone heeds an offset; the other one drops it. But a zone's name also counts for texts without one
// that DuckDB casts after it. Of 05-06-24 either would make a day of the year 5.
const zoned = (value: string): string => `CASE
    WHEN regexp_full_match(${value}, '\\d{4}[/-][\\d/-]+([Tt ]+[\\d:.]*)?') THEN ${cut(`TRY_CAST(${value} AS TIMESTAMP)`)}
    WHEN regexp_matches(${value}, '^\\d{4}\\D') THEN ${cut(`TRY_CAST(${value} AS TIMESTAMPTZ)`)} END`;

function epoch(number: string): string {
  const milliseconds = `CASE WHEN abs(${number}) < 1e11 THEN ${number} * 1e3 WHEN abs(${number}) < 1e14 THEN ${number}
    WHEN abs(${number}) < 1e17 THEN ${number} / 1e3 ELSE ${number} / 1e6 END`;
  // 3e14 ms is past the year 9999, and still far from where a timestamp overflows.
  return `CASE WHEN abs(${milliseconds}) < 3e14 THEN make_timestamp_ms(CAST(floor(${milliseconds}) AS BIGINT)) END`;
}

/**
 * SQL that is true of a time after `after` and before `until`, and of one that is NULL. It names the time once: DuckDB
 * would work out a computed one again for each mention. ISO 8601; without an offset it is UTC. Throws `InvalidInput`.
 */
export function within(time: string, after: string | null, until: string | null): string {
  const least = after === null ? null : `make_timestamp_ms(${milliseconds(after, 'after') + 1})`;
  const most = until === null ? null : `make_timestamp_ms(${milliseconds(until, 'until') - 1})`;
  if (least === null && most === null) return 'true';
  const test = least === null ? `${time} <= ${most}` : most === null ? `${time} >= ${least}` : `${time} BETWEEN ${least} AND ${most}`;
  return `coalesce(${test}, true)`;
}

function milliseconds(time: string, field: 'after' | 'until'): number {
  const zoneless = /^\d{4}-\d\d-\d\d[T ][\d:.]+$/.test(time);
  const parsed = Date.parse(zoneless ? `${time.replace(' ', 'T')}Z` : time);
  if (!Number.isNaN(parsed)) return parsed;
  throw new InvalidInput(`${field} is ${JSON.stringify(time)}: expected a time such as 1997-05-12T00:00:00Z`);
}
