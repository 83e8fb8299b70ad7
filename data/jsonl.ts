import type { DuckDBConnection } from '@duckdb/node-api';
import { path, query, text, texts } from './database';
import { readerOptions } from './csv';
import { distinctNames, type Part } from './part';
import type { Rejects } from './rejects';
import { readyText } from './text';

/**
 * JSON lines: one object a line, in UTF-8, gzip too. A key that a line lacks is a missing value. Values that are
 * objects or lists are taken as their text.
 */
export async function jsonlParts(
  connection: DuckDBConnection,
  files: string[],
  folder: string,
  rejects: Rejects,
  original: Map<string, string>,
): Promise<Part[]> {
  const paths: string[] = [];
  for (const [number, file] of files.entries()) {
    const ready = await readyText(file, folder, number, null, rejects);
    original.set(ready.path, file);
    paths.push(ready.path);
  }
  // A control character that JSON does not allow within a line divides nothing: each line is one field.
  const lines = (record: boolean): string => `(SELECT line, CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END AS ok
    FROM read_csv([${paths.map(path).join(', ')}], ${record ? readerOptions : readerOptions.replace('store_rejects', 'ignore_errors')},
    header = false, delim = '\\x1f', quote = '', escape = '', columns = {line: 'VARCHAR'}) WHERE trim(line) <> '')`;
  const keys = await query<{ key: string }>(
    connection,
    `SELECT DISTINCT unnest(json_keys(line)) AS key FROM ${lines(false)} WHERE ok ORDER BY key`,
  );
  distinctNames(keys.map(({ key }) => key), files[0]!);
  const pointers = keys.map(({ key }) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  return [
    {
      from: `(SELECT line, ok, CASE WHEN ok THEN json_extract_string(line, ${texts(pointers)}) END AS fields FROM ${lines(true)})`,
      columns: keys.map(({ key }, i) => ({ name: key, type: 'VARCHAR', sql: `fields[${i + 1}]` })),
      file: files[0]!,
      fault: `CASE WHEN NOT ok THEN ${text('line: not a JSON object')} END`,
      faulty: 'CASE WHEN NOT ok THEN line END',
    },
  ];
}
