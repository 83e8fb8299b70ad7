import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import { dirname } from 'node:path';
import * as util from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { BackendUnavailable, type BackendFacts, type ModelSpec } from '../contracts';
import { trainingEnvironment } from './compiled/environment';
import { usesConvolution } from './models';

type BackendName = BackendFacts['name'];

/** Backends are loaded only when they are wanted; a test runner can follow this, which it cannot with `import()`. */
const requireLazily = createRequire(__filename);

/**
 * Makes the first of the allowed backends that works here tf.js's backend, and says what it is.
 *
 * @param allowed names in the order of preference; anything else is never tried
 * @param needs `convolution`: the model has convolutions; only native TensorFlow trains those in bearable time
 * @throws BackendUnavailable with what was tried, what each answered, and the cure
 * @example const facts = await loadBackend(['native'], { convolution: false });
 */
export async function loadBackend(allowed: BackendName[], needs: { convolution: boolean }): Promise<BackendFacts> {
  const tried: string[] = [];
  for (const name of allowed) {
    if (needs.convolution && name !== 'native') {
      tried.push(`${name}: too slow for, or unable to train, a convolutional network`);
      continue;
    }
    try {
      return await load[name]();
    } catch (error) {
      tried.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    }
  }
  throw new BackendUnavailable(
    `no backend that the pipeline allows (training.backends: ${allowed.join(', ')}) can train this model here. ` +
      `${tried.join('; ')}. Native TensorFlow is set up so: in a clone: npm run setup; in a project: npm rebuild @tensorflow/tfjs-node`,
  );
}

/**
 * Environment variables of a process that will train or run the model: `trainingEnvironment` has the rule. Small networks
 * get one thread by the model alone. Others get as many as the machine has cores, which `BackendFacts.threads` records:
 * a training that is resumed with another number says that it is not reproducible.
 */
export function environmentFor(model: ModelSpec): Record<string, string> {
  return {
    ...trainingEnvironment({ convolution: usesConvolution(model), parameters: weightsBetween(unitsOf(model)) }),
    TF_CPP_MIN_LOG_LEVEL: '2',
  };
}

/** The widths of the model's layers, in order; none of a builder's model, of which nothing is known before it is built. */
function unitsOf(model: ModelSpec): number[] {
  if ('mlp' in model) return model.mlp;
  const units: number[] = [];
  if ('layers' in model) {
    JSON.stringify(model.layers, (key, value: unknown) => {
      if (key === 'units' && typeof value === 'number') units.push(value);
      return value;
    });
  }
  return units;
}

/** Weights from each layer to the next. Those from the inputs, of which only the rows' columns tell the number, are left out. */
const weightsBetween = (units: number[]): number => units.slice(1).reduce((sum, n, i) => sum + n * units[i]!, 0);

/** True where the same training on both gives the same bits. */
export function sameFacts(a: BackendFacts, b: BackendFacts): boolean {
  return (Object.keys(a) as (keyof BackendFacts)[]).every((key) => a[key] === b[key]);
}

interface NativeBackend {
  binding: { TF_Version: string };
  isUsingGpuDevice: boolean;
}

const load: Record<BackendName, () => Promise<BackendFacts>> = {
  async native() {
    restoreRemovedUtilities();
    requireLazily('@tensorflow/tfjs-node');
    await use('tensorflow');
    const backend = tf.backend() as unknown as NativeBackend;
    return {
      ...here('native'),
      tensorflow: backend.binding.TF_Version,
      device: backend.isUsingGpuDevice ? 'gpu' : 'cpu',
      onednn: process.env.TF_ENABLE_ONEDNN_OPTS === undefined ? process.arch === 'x64' : process.env.TF_ENABLE_ONEDNN_OPTS !== '0',
      threads: Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism(),
    };
  },
  async wasm() {
    const { setWasmPaths } = requireLazily('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(folder: string): void };
    setWasmPaths(`${dirname(requireLazily.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
    await use('wasm');
    return here('wasm');
  },
  async js() {
    await use('cpu');
    return here('js');
  },
};

async function use(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`the backend ${name} did not start`);
  await tf.ready();
}

const here = (name: BackendName): BackendFacts => ({
  name,
  tensorflow: `tfjs ${tf.version_core}`,
  device: 'cpu',
  onednn: false,
  threads: 1,
  cpu: cpus()[0]?.model.trim() ?? process.arch,
});

/** tfjs-node 4.22 calls two helpers that Node 23 took out of `util`. */
function restoreRemovedUtilities(): void {
  const shared = (util as unknown as { default?: object }).default ?? util;
  const removed = { isArray: Array.isArray, isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined };
  for (const [name, helper] of Object.entries(removed)) {
    if (!(name in shared)) Object.defineProperty(shared, name, { value: helper, configurable: true });
  }
}
