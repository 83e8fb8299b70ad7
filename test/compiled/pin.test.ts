import * as tf from '@tensorflow/tfjs';
import { version } from '@tensorflow/tfjs-node/package.json';
import { loadBackend } from '../../learning/backend';
import { engine, nativeBackend, pinnedVersion } from '../../learning/compiled/native';

beforeAll(async () => void (await loadBackend(['native'], { convolution: false })));

test('the installed tfjs-node is the one whose internals compiled steps use', () => {
  // Where this fails: check the internals below and the numerics in the new version, then raise `pinnedVersion`.
  expect(version).toBe(pinnedVersion);
});

test('the internals of tfjs-node and tfjs are as compiled steps expect them', () => {
  const backend = nativeBackend();
  for (const name of ['getInputTensorIds', 'createOutputTensor', 'write', 'read', 'readSync', 'refCount'] as const) {
    expect([name, typeof backend[name], Object.hasOwn(backend, name)]).toEqual([name, 'function', false]);
  }
  for (const name of ['createTensor', 'deleteTensor', 'executeOp', 'tensorDataSync', 'loadSavedModel', 'deleteSavedModel', 'runSavedModel'] as const) {
    expect([name, typeof backend.binding[name]]).toEqual([name, 'function']);
  }
  const constants = backend.binding as unknown as Record<string, number>;
  expect(['STRING', 'INT', 'FLOAT', 'BOOL', 'TYPE', 'SHAPE'].map((name) => constants[`TF_ATTR_${name}`])).toEqual([0, 1, 2, 3, 4, 5]);
  expect(['FLOAT', 'INT32', 'INT64', 'BOOL'].map((name) => constants[`TF_${name}`])).toEqual([1, 3, 9, 10]);

  const tensor = tf.tensor1d([1, 2]);
  expect(backend.tensorMap.get(tensor.dataId)).toMatchObject({ shape: [2], dtype: 1, values: new Float32Array([1, 2]) });
  const [first] = backend.getInputTensorIds([tensor]);
  expect(backend.tensorMap.get(tensor.dataId)).toMatchObject({ id: first, values: null });
  const square = tensor.square();
  expect(backend.tensorMap.get(square.dataId).id).toBeGreaterThan(first!);
  tf.dispose([tensor, square]);
  expect([tensor, square].map(({ dataId }) => engine().state.tensorInfo.has(dataId))).toEqual([false, false]);

  const variable = tf.variable(tf.scalar(1));
  expect(engine().registeredVariables[variable.name]).toBe(variable);
  expect([typeof variable.assign, Object.hasOwn(variable, 'assign')]).toEqual(['function', false]);
  variable.dispose();
  tf.tidy(() => expect(Array.isArray(engine().state.scopeStack)).toBe(true));
  expect(typeof (tf.Optimizer.prototype as unknown as { incrementIterations: unknown }).incrementIterations).toBe('function');
});
