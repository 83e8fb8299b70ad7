import { joint, method, none, ours, stored, type Method, type Protocol, type Reference } from '../protocol';

const figure = (accuracy: number, asked?: Reference['asked']): Reference => ({ accuracy, source: 'DER (Buzzega et al. 2020), table', ...(asked ? { asked } : {}) });
const replay = (memory: number, reference: Reference): Method => method(`replay ${memory}`, 'replay', { memory, insert: 'stream' }, { reference });
const der = (name: string, options: { memory: number; alpha: number; beta: number }, rate: number, reference: Reference): Method =>
  method(`${name} ${options.memory}`, 'der', { ...options, insert: 'stream' }, { reference, schedule: { rate } });

export const rotatedMnist: Protocol = {
  name: 'rotated-mnist',
  title: 'Rotated MNIST, 20 tasks',
  source:
    'Buzzega et al., NeurIPS 2020; code aimagelab/mammoth, tag neurips2020. Each task turns all images by one angle, uniform in [0°, 180°), nearest pixel, drawn anew by each seed, in no order; ' +
    'pixels of 0..1; MLP 784-100-100-10, Glorot uniform; one pass, batch 128 and as many of each draw from memory, plain SGD .2 (DER++ 200: .1); ' +
    'a reservoir that takes rows in after each step, with the logits of before it. DER++: alpha 1 beta .5 (200), .5 and 1 (500). A-GEM: .1.',
  ours: [
    'A-GEM has all 200 rows from the first task on, and keeps equally many of each class (source: a random batch of 10 of each task).',
    'The angles are luck: five seeds of replay with 500 rows lay up to seven points apart on rows held out of the training set.',
  ],
  stream: { by: 'rotation', tasks: 20, scenario: 'domain' },
  model: { builder: 'glorot-mlp', options: { units: [100, 100] } },
  scale: { mean: 0, sd: 255 },
  schedule: { optimizer: 'sgd', rate: 0.2, batch: 128, length: { epochs: 1 } },
  outputs: 'all',
  joint: 'portions',
  methods: [
    none(figure(0.6766)),
    method('A-GEM 200', 'a-gem', { memory: 200, reference: 128 }, { schedule: { rate: 0.1 }, reference: figure(0.8191) }),
    replay(200, figure(0.8501, 'at least')),
    replay(500, figure(0.8891, 'at least')),
    der('DER++', { memory: 200, alpha: 1, beta: 0.5 }, 0.1, figure(0.9043, 'at least')),
    der('DER++', { memory: 500, alpha: 0.5, beta: 1 }, 0.2, figure(0.9277, 'at least')),
    ours(stored(200, 40)),
    ours(stored(500, 40)),
    joint(figure(0.9576)),
  ],
};
