import { InvalidInput } from '../contracts';

/** Where everything lies in the store. Specified for readers in docs/store.md. */
export const keys = {
  pipelines: () => 'pipelines/',
  pipeline: (name: string) => `pipelines/${segment(name)}/`,
  pipelineRevision: (name: string, revision: number) => `${keys.pipeline(name)}${padded(revision)}.json`,
  schemas: (pipeline: string) => `schemas/${segment(pipeline)}/`,
  schema: (pipeline: string, version: number) => `${keys.schemas(pipeline)}${padded(version)}.json`,
  reservations: (pipeline: string) => `reservations/${segment(pipeline)}/`,
  reservation: (pipeline: string, version: string) => `${keys.reservations(pipeline)}${segment(version)}.json`,
  versions: (pipeline: string) => `versions/${segment(pipeline)}/`,
  version: (pipeline: string, version: string) => `${keys.versions(pipeline)}${segment(version)}/`,
  manifest: (pipeline: string, version: string) => `${keys.version(pipeline, version)}manifest.json`,
  file: (pipeline: string, version: string, set: string, name: string) =>
    `${keys.version(pipeline, version)}${segment(set)}/${segment(name)}`,
  refusals: (pipeline: string) => `refusals/${segment(pipeline)}/`,
  refusal: (pipeline: string, version: string) => `${keys.refusals(pipeline)}${segment(version)}.json`,
  withdrawals: (pipeline: string) => `withdrawals/${segment(pipeline)}/`,
  withdrawal: (pipeline: string, version: string) => `${keys.withdrawals(pipeline)}${segment(version)}.json`,
  moves: (pipeline: string) => `aliases/${segment(pipeline)}/champion/`,
  move: (pipeline: string, revision: number) => `${keys.moves(pipeline)}${padded(revision)}.json`,
  approvals: (pipeline: string, candidate?: string) =>
    `approvals/${segment(pipeline)}/${candidate === undefined ? '' : `${segment(candidate)}/`}`,
  approval: (pipeline: string, candidate: string, id: string) => `${keys.approvals(pipeline, candidate)}${segment(id)}.json`,
  once: (key: string) => `once/${checkKey(key)}.json`,
  blob: (kind: string, digest: string, extension: string) => `${segment(kind)}/${segment(digest)}.${segment(extension)}`,
  checkpoints: (pipeline: string, version: string) => `checkpoints/${segment(pipeline)}/${segment(version)}/`,
  checkpoint: (pipeline: string, version: string, step: number) =>
    `${keys.checkpoints(pipeline, version)}${padded(step, 12)}.bin`,
  probe: (id: string) => `probes/${segment(id)}`,
};

/** Numbers are padded so that the lexical order of a listing is their order. */
function padded(number: number, width = 8): string {
  if (!Number.isInteger(number) || number < 0 || number >= 10 ** width) {
    throw new InvalidInput(`a number in a key is ${number}: a whole number below ${10 ** width} was expected`);
  }
  return String(number).padStart(width, '0');
}

/** The number that a numbered key ends with, or null for a key of another form. */
export function numberOf(key: string): number | null {
  const found = /\/(\d{8}|\d{12})\.(?:json|bin)$/.exec(key);
  return found ? Number(found[1]) : null;
}

/** The version that a key such as `reservations/electricity/1.1.4.json` ends with, or null. */
export function versionOf(key: string): string | null {
  return /\/([1-9]\d*\.(?:0|[1-9]\d*)\.\d+)\.json$/.exec(key)?.[1] ?? null;
}

const allowed = /^[A-Za-z0-9._-]{1,200}$/;

/** Checks one segment of a key and returns it. */
export function segment(text: string): string {
  if (allowed.test(text) && text !== '.' && text !== '..') return text;
  throw new InvalidInput(
    `key segment ${JSON.stringify(text.slice(0, 80))}: letters, digits, ".", "_" and "-" only, 200 at most, and neither "." nor ".."`,
  );
}

/** Checks a whole key and returns it; what is refused here could leave the store's folder. */
export function checkKey(key: string): string {
  key.split('/').forEach(segment);
  if (key.length > 800) throw new InvalidInput(`key ${JSON.stringify(key.slice(0, 80))}…: longer than 800 characters`);
  return key;
}

/** Checks a prefix: empty, or the beginning of a key. */
export function checkPrefix(prefix: string): string {
  if (prefix !== '') checkKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
  return prefix;
}
