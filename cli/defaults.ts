import { isDeepStrictEqual } from 'node:util';
import { Document, isScalar, isCollection, type Node } from 'yaml';
import { pipelineSchema, type Pipeline } from '../contracts';

type Path = string[];

/** The whole pipeline as YAML, each value that stands there by default marked as such. */
export function explainPipeline(pipeline: Pipeline): string {
  const document = new Document(pipeline);
  const defaults = defaultPaths(pipeline);
  for (const path of leaves(pipeline)) {
    const node = document.getIn(path, true) as Node | undefined;
    if (isCollection(node)) node.flow = true;
    if ((isScalar(node) || isCollection(node)) && defaults.some((known) => known.every((key, at) => path[at] === key))) node.comment = ' default';
  }
  return document.toString({ lineWidth: 0 }).trimEnd();
}

/** The fields that would have the same value if nobody had written them. */
export function defaultPaths(pipeline: Pipeline, at: Path = []): Path[] {
  const here = valueAt(pipeline, at) as Record<string, unknown>;
  return Object.keys(here).flatMap((key) => {
    const path = [...at, key];
    if (isDefault(pipeline, path)) return [path];
    return isBranch(here[key]) ? defaultPaths(pipeline, path) : [];
  });
}

function isDefault(pipeline: Pipeline, path: Path): boolean {
  const without = structuredClone(pipeline) as Record<string, unknown>;
  delete (valueAt(without, path.slice(0, -1)) as Record<string, unknown>)[path.at(-1)!];
  const parsed = pipelineSchema.safeParse(without);
  return parsed.success && isDeepStrictEqual(valueAt(parsed.data, path), valueAt(pipeline, path));
}

function leaves(value: object, at: Path = []): Path[] {
  return Object.entries(value).flatMap(([key, inner]) => (isBranch(inner) ? leaves(inner, [...at, key]) : [[...at, key]]));
}

const isBranch = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
