import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { parse, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { explain, InvalidInput, pipelineName, pipelineSchema, UnknownPipeline, type Pipeline } from '../contracts';
import type { Registry } from '../registry';
import { messageOf } from './exit';

const example = `name: electricity
source: { files: elec2.csv.gz, time: time }
label: { column: up }
model: { mlp: [64, 32] }`;

/**
 * Reads a pipeline from a YAML or JSON file. A relative `source.files` is taken from the file's own folder.
 * @throws InvalidInput that lists every problem (field, value, expectation) and ends with a valid example
 */
export async function readPipeline(path: string): Promise<Pipeline> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new InvalidInput(`cannot read ${path}: ${messageOf(cause)}`, { cause });
  });
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0)
    throw new InvalidInput(`${path} is not YAML or JSON:\n${document.errors.map((error) => indent(error.message)).join('\n')}`);
  const value = plainValue(path, document);
  const checked = pipelineSchema.safeParse(value ?? {});
  if (!checked.success) {
    const problems = checked.error.issues.flatMap(nearest).map((issue) => explain(new z.ZodError([issue]), value, { schema: pipelineSchema, example: parse(example) }));
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    throw new InvalidInput(`${path} has ${count}:\n${problems.map(indent).join('\n')}\nA valid example:\n${indent(example)}`);
  }
  return withAbsoluteFiles(checked.data, dirname(resolve(path)));
}

/** The pipeline that a file holds, or the applied one of that name. */
export async function findPipeline(cwd: string, what: string, registry: () => Registry): Promise<Pipeline> {
  const file = resolve(cwd, what);
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return readPipeline(file);
  if (!pipelineName.safeParse(what).success) throw new UnknownPipeline(`${what} is neither a file nor the name of a pipeline`);
  return (await registry().pipeline(what)).pipeline;
}

/** One problem an issue. Of a choice that nothing fits, the problems of the form that comes nearest: they say what to change. */
function nearest(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ ...issue, keys: [key] }));
  if (issue.code !== 'invalid_union') return [issue];
  const distance = (branch: z.core.$ZodIssue[]) => branch.reduce((sum, { code, path }) => sum + (code === 'unrecognized_keys' ? 5 : path.length === 0 ? 10 : 1), 0);
  const [best] = [...issue.errors].sort((a, b) => distance(a) - distance(b));
  // A field too many may be a slip; one too many and one too few is another form.
  const fits = best !== undefined && distance(best) <= 5;
  if (!fits) return [{ ...issue, code: 'custom', message: expectationOf(issue) }];
  return best.flatMap((inner) => nearest({ ...inner, path: [...issue.path, ...inner.path] }));
}

const choices: Record<string, string> = {
  model: 'one of { mlp: [64, 32] }, { cnn: { image: [28, 28, 1], filters: [32] } }, { layers: … }, { builder: name }',
  'learning.strategy': 'a name such as replay, or { name: replay, memory: 1000 }',
};
const expectationOf = (issue: z.core.$ZodIssue): string => choices[issue.path.join('.')] ?? issue.message;

function withAbsoluteFiles(pipeline: Pipeline, folder: string): Pipeline {
  const { files } = pipeline.source;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(files) || isAbsolute(files)) return pipeline;
  // A star or a bracket in the folder's own name is no pattern.
  return { ...pipeline, source: { ...pipeline.source, files: resolve(folder.replace(/[[*?]/g, '[$&]'), files) } };
}

/** YAML takes *.csv without quotes for a reference to something above. */
function plainValue(path: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new InvalidInput(`${path} is not YAML or JSON: ${messageOf(error).replace(/\.$/, '')}; a value that begins with * must stand in quotes, such as "*.csv"`, { cause: error });
  }
}

const indent = (text: string) => text.replace(/^/gm, '  ');
