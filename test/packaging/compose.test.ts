import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import { parse } from 'yaml';
import { root } from '../setup/tools';

interface Service {
  image?: string;
  profiles?: string[];
  ports?: string[];
  environment?: Record<string, string>;
  healthcheck?: unknown;
  command?: string[];
  depends_on?: Record<string, unknown>;
}
interface Compose { services: Record<string, Service>; volumes: Record<string, unknown> }

const read = (file: string) => readFileSync(join(root(), file), 'utf8');
const compose = () => parse(read('docker-compose.yml'), { merge: true }) as Compose;

describe('docker-compose.yml', () => {
  // `format` names Go's durations and ports there, which only its own reader knows.
  const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(read('test/packaging/compose-spec.json')) as object);

  it('is a valid Compose file by the schema of the Compose Specification', () => {
    valid(compose());
    expect(valid.errors).toBeNull();
  });

  it.each([
    ['a service', (file: Compose) => Object.assign(file.services['worker'] as object, { comand: ['node'] })],
    ['a health check', (file: Compose) => Object.assign(file.services['s3']?.healthcheck as object, { retrys: 3 })],
    ['the file itself', (file: Compose) => Object.assign(file, { volume: {} })],
  ])('a misspelt key in %s would be found', (_where, misspell) => {
    const file = compose();
    misspell(file);
    expect(valid(file)).toBe(false);
  });

  it('has every part of the system, the store with a health check and the GPU as a profile', () => {
    const { services } = compose();
    expect(Object.keys(services).sort()).toEqual(
      ['namespace', 'postgres', 's3', 'schema', 'server', 'temporal', 'temporal-ui', 'training-worker', 'training-worker-gpu', 'worker'],
    );
    expect(services['s3']?.healthcheck).toBeDefined();
    expect(services['training-worker-gpu']?.profiles).toEqual(['gpu']);
  });

  it('waits only for services that exist', () => {
    const { services } = compose();
    const awaited = Object.values(services).flatMap((service) => Object.keys(service.depends_on ?? {}));
    expect(awaited.filter((name) => !(name in services))).toEqual([]);
  });

  it('publishes its ports on this machine only', () => {
    const ports = Object.values(compose().services).flatMap((service) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('pins every image that it does not build to an exact version', () => {
    const images = Object.values(compose().services).map((service) => service.image ?? '');
    const fetched = images.filter((image) => !image.startsWith('continual-training:'));
    expect(fetched.filter((image) => !/:\d+\.\d+(\.\d+)?(-\w+)?$/.test(image))).toEqual([]);
  });

  it('takes every password from the environment', () => {
    const secrets = Object.values(compose().services)
      .flatMap((service) => Object.entries(service.environment ?? {}))
      .filter(([name]) => /PASSWORD|PWD|SECRET|ACCESS_KEY/.test(name));
    expect(secrets.length).toBeGreaterThan(0);
    expect(secrets.filter(([, value]) => !value.startsWith('${'))).toEqual([]);
  });
});
