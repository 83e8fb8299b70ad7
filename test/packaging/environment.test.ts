import { readFile } from 'node:fs/promises';
import util from 'node:util';
import { isNativeError } from 'node:util/types';
import * as tf from '@tensorflow/tfjs';
import { toolPath, tools } from '../setup/tools';

describe('the test environment', () => {
  it('shares its typed arrays and errors with Node and native addons', async () => {
    const missing: unknown = await readFile('/no/such/file').catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(Error);
    expect(missing).not.toBeInstanceOf(TypeError);
    expect(isNativeError(missing)).toBe(true);
    expect(await readFile(__filename)).toBeInstanceOf(Uint8Array);
  });

  it('loads native TensorFlow, whose values are the test’s typed arrays', () => {
    putBackWhatNodeRemoved();
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    require('@tensorflow/tfjs-node');
    const values = tf.tensor1d(new Float32Array([1, 2, 3])).mul(2).dataSync();
    expect(values).toBeInstanceOf(Float32Array);
    expect(Array.from(values)).toEqual([2, 4, 6]);
    const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
    expect(binding.TF_Version).toBe(tools().tensorflow?.version);
  });

  it('knows where the server programs are', () => {
    expect(toolPath('temporal')).toMatch(/temporal/);
    expect(toolPath('weed')).toMatch(/weed/);
  });
});

/** tfjs-node 4.22 calls two functions that Node 23 removed. */
function putBackWhatNodeRemoved(): void {
  const old = util as unknown as Record<string, unknown>;
  old.isArray ??= Array.isArray;
  old.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
}
