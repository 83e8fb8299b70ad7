import { SourceUnreadable } from '../contracts';
import { path, text } from './database';
import { fieldsIn } from './mender';
import { distinctNames, type Part } from './part';
import type { Rejects } from './rejects';
import { readyText, type Dialect, type Text } from './text';

/** What is common to all that is read as lines: no guessing, and a record of each line that cannot be read. */
export const readerOptions = `auto_detect = false, hive_partitioning = false, new_line = '\\n', store_rejects = true, max_line_size = 2097152`;

/**
 * CSV files with a header line, in UTF-8, gzip too. Fields are divided by the one of comma, semicolon, tab and bar
 * that is most frequent in the header; quotes are `"`, doubled within a value.
 */
export async function csvParts(files: string[], folder: string, rejects: Rejects, original: Map<string, string>): Promise<Part[]> {
  const groups: { texts: Text[]; delimiter: string; names: string[] }[] = [];
  for (const [number, file] of files.entries()) {
    const ready = await readyText(file, folder, number, dialectOf, rejects);
    original.set(ready.path, file);
    if (ready.dialect === null) throw new SourceUnreadable(`${file} is empty. A CSV file begins with a line of column names.`);
    const { delimiter, names } = ready.dialect;
    const before = groups.at(-1);
    if (before && before.delimiter === delimiter && before.names.join('\0') === names.join('\0')) before.texts.push(ready);
    else groups.push({ texts: [ready], delimiter, names });
  }
  return groups.map(({ texts, delimiter, names }) => {
    const columns = names.map((name, i) => ({ name, type: 'VARCHAR', sql: `f${i}` }));
    const types = columns.map(({ sql }) => `${sql}: 'VARCHAR'`).join(', ');
    return {
      from: `read_csv([${texts.map((ready) => path(ready.path)).join(', ')}], ${readerOptions}, header = true,
        delim = ${text(delimiter)}, quote = '"', escape = '"', columns = {${types}})`,
      columns,
      file: texts[0]!.file,
      fault: 'NULL', faulty: 'NULL',
    };
  });
}

function dialectOf(header: string, file: string, beginning: Buffer): Dialect {
  const delimiter = delimiterOf(header);
  const names = namesOf(header, delimiter, file);
  return { delimiter, names, fields: names.length + (endsWithDelimiters(beginning, delimiter, names.length) ? 1 : 0) };
}

/** Whether each line but the header ends with a delimiter too many, as some programs write them: to see in the first ten, two at least. */
function endsWithDelimiters(beginning: Buffer, delimiter: string, fields: number): boolean {
  const lines = beginning.toString('utf8').split(/\r\n?|\n/).slice(1, 11).filter((line) => line.trim() !== '');
  return lines.length >= 2 && lines.every((line) => line.endsWith(delimiter) && fieldsIn(Buffer.from(line), 0, Buffer.byteLength(line), delimiter.charCodeAt(0)) === fields + 1);
}

function delimiterOf(header: string): string {
  const bare = header.replace(/"[^"]*"/g, '');
  const count = (delimiter: string): number => bare.split(delimiter).length;
  return [',', ';', '\t', '|'].reduce((best, next) => (count(next) > count(best) ? next : best));
}

/** Column names of a header line. One without a name, as a data frame's index has, is called `column0` by its place. */
function namesOf(header: string, delimiter: string, file: string): string[] {
  const names: string[] = [];
  let rest = header;
  for (;;) {
    const quoted = /^ *"((?:[^"]|"")*)" */.exec(rest);
    const end = quoted ? quoted[0].length : rest.indexOf(delimiter) === -1 ? rest.length : rest.indexOf(delimiter);
    const name = (quoted ? quoted[1]!.replaceAll('""', '"') : rest.slice(0, end)).trim();
    names.push(name || `column${names.length}`);
    if (end === rest.length) break;
    if (rest[end] !== delimiter) throw new SourceUnreadable(`${file}: the quotes in the line of column names do not close. Mend its first line.`);
    rest = rest.slice(end + 1);
  }
  distinctNames(names, file);
  return names;
}
