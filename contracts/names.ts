import { z } from 'zod';

export const pipelineName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, 63 at most, such as electricity');

/**
 * `architecture.full.update`: 1.2.12 is architecture 1, its 2nd full retraining, its 12th stateful update. 2.0.0 grew out
 * of architecture 1 by surgery, and nothing was trained from scratch in it.
 */
export const versionName = z.string().regex(/^[1-9]\d*\.(0|[1-9]\d*)\.\d+$/, 'architecture.full.update, such as 1.1.4');
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hexadecimal');

export interface VersionParts {
  architecture: number;
  full: number;
  update: number;
}

/** `'1.2.12'` → `{ architecture: 1, full: 2, update: 12 }`. */
export function parseVersion(version: string): VersionParts {
  const [architecture, full, update] = version.split('.').map(Number) as [number, number, number];
  return { architecture, full, update };
}

/** The order in which versions were made: by architecture, then full retraining, then update. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [parseVersion(a), parseVersion(b)];
  return x.architecture - y.architecture || x.full - y.full || x.update - y.update;
}
