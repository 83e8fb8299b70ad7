import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidInput, pipelineSchema } from '../../contracts';
import { strategyNamed, strategyNames } from '../../learning/strategies';
import { root } from '../setup/tools';

const page = readFileSync(join(root(), 'docs/pipeline.md'), 'utf8');

/** The table rows under a heading, cell by cell; those before the first heading of that kind for an empty name. */
function rowsUnder(heading: string): string[][] {
  const section = heading === '' ? page.split(/^## /m)[0]! : (page.split(`# ${heading}\n`)[1]?.split(/^##+ /m)[0] ?? '');
  return section.split('\n').filter((line) => line.startsWith('| ')).map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
}

interface Definition {
  type: string;
  shape?: Record<string, Schema>;
  innerType?: Schema;
  in?: Schema;
  options?: Schema[];
  defaultValue?: unknown;
}
interface Schema {
  _zod: { def: Definition };
}
interface Field {
  section: string;
  name: string;
  /** As it is written in YAML; undefined where there is none, or where a whole section is filled in. */
  usual: string | undefined;
}

/** The objects that a schema may hold: itself, without its default, or each of its forms. */
function shapes({ _zod: { def } }: Schema): Record<string, Schema>[] {
  if (def.shape) return [def.shape];
  const inner = [...(def.innerType ? [def.innerType] : []), ...(def.type === 'pipe' && def.in ? [def.in] : []), ...(def.options ?? [])];
  return inner.flatMap(shapes);
}

const written = (value: unknown): string => (Array.isArray(value) ? `[${value.join(', ')}]` : typeof value === 'object' ? '{}' : String(value));

function fields(schema: Schema, section: string): Field[] {
  return shapes(schema).flatMap((shape) =>
    Object.entries(shape).flatMap(([name, inner]): Field[] => {
      const path = section === '' ? name : `${section}.${name}`;
      // What a strategy takes is the strategy's own.
      if (path === 'learning.strategy') return [{ section, name, usual: 'packed-replay' }];
      const { type, defaultValue } = inner._zod.def;
      return [{ section, name, usual: type === 'default' ? written(defaultValue) : undefined }, ...fields(inner, path)];
    }),
  );
}

test('the page has every field of a pipeline file, with its default', () => {
  const all = fields(pipelineSchema as unknown as Schema, '');
  expect(all.length).toBeGreaterThan(60);
  const missing = all.filter(({ section, name, usual }) => {
    const row = rowsUnder(section).find(([field]) => field === `\`${name}\``);
    return row === undefined || (usual !== undefined && row[2] !== `\`${usual}\``);
  });
  expect(missing).toEqual([]);
});

/** The options of a strategy, from what it answers to one that it does not have. */
function optionsOf(name: string): string[] {
  try {
    strategyNamed(name, { '?': 0 });
  } catch (error) {
    const found = error instanceof InvalidInput && /\?: no such field; (?:known here: (.*)|there are none here)$/.exec(error.message);
    if (found) return found[1]?.split(', ') ?? ['none'];
  }
  throw new Error(`${name} does not say which options it has`);
}

test('the page has every strategy and every option of it', () => {
  const named = rowsUnder('Strategies').slice(1).map(([strategy, option]) => `${strategy} ${option}`.replaceAll('`', ''));
  expect(named.sort()).toEqual(strategyNames().flatMap((name) => optionsOf(name).map((option) => `${name} ${option}`)).sort());
});

test('each default that the page gives for an option is a value that the strategy takes', () => {
  for (const [strategy, option, , usual] of rowsUnder('Strategies').slice(1)) {
    const value = /^`([^`]+)`$/.exec(usual ?? '')?.[1];
    if (value === undefined) continue;
    const [name, key] = [strategy!, option!].map((cell) => cell.replaceAll('`', '')) as [string, string];
    const given: unknown = /^[\d.]+$|^(true|false)$/.test(value) ? JSON.parse(value) : value;
    expect(() => strategyNamed(name, { [key]: given })).not.toThrow();
  }
});
