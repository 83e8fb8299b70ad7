import { joint, method, none, ours, stored, type Protocol } from '../protocol';

export const splitMnistOnline: Protocol = {
  name: 'split-mnist-online',
  title: 'Split-MNIST, one pass',
  source:
    'ContinualAI/continual-learning-baselines 4900462, split_mnist/online_replay.py, on Avalanche eb075be. Digits 0..9 in order, all ten outputs from the start; ' +
    '5 % of each task’s training rows left out; (pixel - .1307) / .3081; one hidden layer of 512 with dropout .5; one pass, SGD .1, one step of 10 new and 10 old rows; ' +
    'memory of 1,000, equal per class, taken in as the stream passes.',
  ours: [
    'PyTorch’s initialisation as in the source: with He’s, replay came to 91.2 instead of 92.1 on rows held out of the training set.',
    'Class-balanced reservoir of Chrysakis & Moens 2020 (source: one reservoir a class).',
    'A random 5 % of a task’s rows is left out (source: its last 5 % in the order of their digits, so of the second digit alone).',
    'The source’s .92 is over all test rows, ours the mean over the tasks: .1 of a point less.',
  ],
  stream: { by: 'digits', tasks: 5, scenario: 'class', leftOut: 0.05 },
  model: { builder: 'pytorch-mlp', options: { units: [512], dropout: 0.5 } },
  scale: { mean: 33.3285, sd: 78.5655 },
  schedule: { optimizer: 'sgd', rate: 0.1, batch: 10, length: { epochs: 1 } },
  outputs: 'all',
  joint: 'once',
  methods: [
    none(),
    method('replay 1000', 'replay', { memory: 1000, sampling: 'class-balanced', insert: 'stream' }, { reference: { accuracy: 0.92, source: 'Avalanche’s own figure', asked: 'at least' } }),
    method('ER-ACE 1000', 'er-ace', { memory: 1000 }),
    ours(stored(1000)),
    joint(),
  ],
};
