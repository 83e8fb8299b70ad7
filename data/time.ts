import { InvalidInput } from '../contracts';

/**
 * SQL that turns a column into a TIMESTAMP in UTC, cut to milliseconds; NULL where it is no time. Text is read as
 * - `YYYYMMDD`, where it is eight digits;
 * - an epoch, where it is another number: seconds below 1e11, milliseconds below 1e14, microseconds below 1e17, else
 *   nanoseconds;
 * - otherwise ISO 8601 and what else DuckDB casts to a time; without an offset it is UTC.
 *
 * @param type the column's type in DuckDB; what is not a time there is read as its text.
 */
export const timeOf = (column: string, type: string): string => `date_trunc('millisecond', ${instant(column, type)})`;

/** SQL that is true of times that ISO 8601 writes with four digits for the year. */
export const isCommonEra = (time: string): string => `${time} BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999'`;

function instant(column: string, type: string): string {
  if (type === 'TIMESTAMP WITH TIME ZONE') return `(${column} AT TIME ZONE 'UTC')`;
  if (type.startsWith('TIMESTAMP') || type === 'DATE') return `CAST(${column} AS TIMESTAMP)`;
  const value = `trim(CAST(${column} AS VARCHAR))`;
  return `CASE
    WHEN regexp_full_match(${value}, '\\d{8}') THEN try_strptime(${value}, '%Y%m%d')
    WHEN regexp_full_match(${value}, '[+-]?\\d+(\\.\\d*)?(e\\+?\\d+)?') THEN ${epoch(`TRY_CAST(${value} AS DOUBLE)`)}
    ELSE COALESCE(${zoned(value)}, ${zoned(`regexp_replace(${value}, '([T ]\\d\\d:\\d\\d)(Z|[+-]\\d\\d.*)$', '\\1:00\\2')`)})
  END`;
}

const zoned = (value: string): string => `(TRY_CAST(${value} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')`;

function epoch(number: string): string {
  const milliseconds = `CASE WHEN abs(${number}) < 1e11 THEN ${number} * 1e3 WHEN abs(${number}) < 1e14 THEN ${number}
    WHEN abs(${number}) < 1e17 THEN ${number} / 1e3 ELSE ${number} / 1e6 END`;
  // 3e14 ms is past the year 9999, and still far from where a timestamp overflows.
  return `CASE WHEN abs(${milliseconds}) < 3e14 THEN make_timestamp_ms(CAST(floor(${milliseconds}) AS BIGINT)) END`;
}

/** A bound of a period as an SQL literal. ISO 8601; without an offset it is UTC. Throws `InvalidInput` otherwise. */
export function bound(time: string, field: 'after' | 'until'): string {
  const zoneless = /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(time);
  const milliseconds = Date.parse(zoneless ? `${time}Z` : time);
  if (Number.isNaN(milliseconds)) {
    throw new InvalidInput(`${field} is ${JSON.stringify(time)}: expected a time such as 1997-05-12T00:00:00Z`);
  }
  return `make_timestamp_ms(${milliseconds})`;
}
