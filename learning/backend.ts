import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import { dirname } from 'node:path';
import * as util from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { BackendUnavailable, type BackendFacts, type ModelSpec } from '../contracts';
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
      `${tried.join('; ')}. Set up native TensorFlow with: npm run setup`,
  );
}

/**
 * Environment variables of a process that will train or run the model. TensorFlow reads them once, when it is loaded.
 *
 * oneDNN is on for convolutional networks, which it speeds up, and off for all others, which it slows down. Small
 * networks get one thread: their matrices are too small to share, and one thread gives the same bits on every machine.
 */
export function environmentFor(model: ModelSpec): Record<string, string> {
  const convolution = usesConvolution(model);
  const threads = String(convolution ? availableParallelism() : 1);
  return {
    TF_ENABLE_ONEDNN_OPTS: convolution ? '1' : '0',
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: '1',
    TF_CPP_MIN_LOG_LEVEL: '2',
  };
}

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
