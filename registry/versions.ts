import {
  CorruptArtifact, InvalidInput, UnknownVersion, check, manifestSchema, type Manifest, type Store, type StoredFile,
} from '../contracts';
import { createOrRead, digestOf, mapSome, parseDocument, toJson } from './documents';
import { keys } from './keys';

export interface ReadManifest {
  manifest: Manifest;
  /** SHA-256 of the manifest's bytes: names the version and, through it, every byte of every file. */
  digest: string;
}

export async function putFiles(
  store: Store,
  pipeline: string,
  version: string,
  files: Record<string, Uint8Array>,
): Promise<Record<string, StoredFile>> {
  const named = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, bytes]) => ({ name, bytes, sha256: digestOf(bytes) }));
  const set = digestOf(Buffer.from(named.map(({ name, sha256 }) => `${name} ${sha256}\n`).join(''))).slice(0, 16);
  const stored = await mapSome(named, async ({ name, bytes, sha256 }) => {
    const key = keys.file(pipeline, version, set, name);
    await store.create(key, bytes);
    return [name, { key, sha256, bytes: bytes.length }] as const;
  });
  return Object.fromEntries(stored);
}

export async function publish(store: Store, manifest: Manifest): Promise<ReadManifest> {
  const checked = check(manifestSchema, manifest, 'manifest');
  const key = keys.manifest(checked.pipeline, checked.version);
  return parseManifest(checked, key, await createOrRead(store, key, toJson(checked)));
}

export async function manifest(store: Store, pipeline: string, version: string): Promise<ReadManifest> {
  const key = keys.manifest(pipeline, version);
  const bytes = await store.get(key);
  if (bytes === null) throw new UnknownVersion(`${pipeline} has no version ${version}; see: continual versions ${pipeline}`);
  return parseManifest({ pipeline, version }, key, bytes);
}

export async function readFile(store: Store, manifest: Manifest, name: string): Promise<Uint8Array> {
  const { pipeline, version, files } = manifest;
  const file = Object.hasOwn(files, name) ? files[name] : undefined;
  if (file === undefined) throw new InvalidInput(`${pipeline} ${version} has no file ${name}; it has ${Object.keys(files).join(', ')}`);
  const cure = `restore ${file.key} from a backup, or serve another version: continual rollback ${pipeline} --reason "…"`;
  const bytes = await store.get(file.key);
  if (bytes === null) throw new CorruptArtifact(`${name} of ${pipeline} ${version} is missing; ${cure}`);
  const found = digestOf(bytes);
  if (found === file.sha256 && bytes.length === file.bytes) return bytes;
  throw new CorruptArtifact(
    `${name} of ${pipeline} ${version}: expected ${file.bytes} bytes with sha256 ${file.sha256}, found ${bytes.length} with ${found}; ${cure}`,
  );
}

function parseManifest(named: Pick<Manifest, 'pipeline' | 'version'>, key: string, bytes: Uint8Array): ReadManifest {
  const manifest = parseDocument(key, bytes, manifestSchema);
  if (manifest.pipeline === named.pipeline && manifest.version === named.version) return { manifest, digest: digestOf(bytes) };
  throw new CorruptArtifact(`${key}: is the manifest of ${manifest.pipeline} ${manifest.version}; restore the object from a backup of the store`);
}
