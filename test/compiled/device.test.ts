import * as tf from '@tensorflow/tfjs';
import { loadBackend } from '../../learning/backend';
import { runsOn } from '../../learning/compiled';

let device: 'cpu' | 'gpu';
beforeAll(async () => void ({ device } = await loadBackend(['native'], { convolution: false })));

test('a step that is bound to a device runs there, or says in TensorFlow\'s words why not', () => {
  const before = tf.memory().numTensors;
  expect(runsOn('/device:CPU:0')).toEqual({ ran: true, reason: '' });
  expect(runsOn('/device:CPU:7')).toMatchObject({ ran: false, reason: expect.stringMatching(/CPU:7/) as string });
  expect(tf.memory().numTensors).toBe(before);
});

test('the GPU is used where there is one, and said not to be where there is none', () => {
  const { ran, reason } = runsOn('/device:GPU:0');
  if (device === 'gpu') expect({ ran, reason }).toEqual({ ran: true, reason: '' });
  else expect([ran, reason]).toEqual([false, expect.stringMatching(/GPU:0/)]);
});
