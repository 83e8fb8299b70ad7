import { joint, method, none, ours, stored, type Method, type Protocol, type Reference } from '../protocol';

const figure = (accuracy: number, asked?: Reference['asked']): Reference => ({ accuracy, source: 'van de Ven et al. 2022, chart', ...(asked ? { asked } : {}) });
/** A hundred rows of each class so far, never fewer. */
const hundredEach = (name: string, options: Record<string, unknown>) => (task: number) => ({ name, options: { memory: 200 * (task + 1), ...options } });
const keeping = (name: string, strategy: string, options: Record<string, unknown>, reference?: Reference): Method => ({
  name,
  strategy: hundredEach(strategy, options),
  ...(reference ? { reference } : {}),
});

export const splitMnist100: Protocol = {
  name: 'split-mnist-100',
  title: 'Split-MNIST, 100 rows a class',
  source:
    'van de Ven et al., Nature Machine Intelligence 2022; code GMvandeVen/continual-learning e6d795a. Digits are drawn into five tasks anew by each seed; ' +
    '28 × 28 pixels of 0..1; MLP 784-400-400-10, softmax over all ten digits from the start; 2,000 steps a task (joint: 10,000), batch 128, one Adam 1e-3 ' +
    'through all tasks. Memory: 100 rows of each class so far. Replay: CE(128 new) / t + (1 - 1/t) CE(128 old). iCaRL: T = 2, herding on features of length 1. ' +
    'LwF: T = 2 without T², both terms in full. SI: 5,000, damping .1.',
  ours: [
    'He’s initialisation, biases 0 (source: PyTorch’s uniform ± 1/√fan-in).',
    'Whole passes instead of 2,000 steps: 21 of about 95.',
    'iCaRL draws 128 old rows with each 128 new ones (source: old rows are merely added to the training set).',
  ],
  stream: { by: 'digits', tasks: 5, scenario: 'class', digits: 'drawn' },
  model: { mlp: [400, 400], activation: 'relu', dropout: 0 },
  scale: { mean: 0, sd: 255 },
  schedule: { optimizer: 'adam', rate: 0.001, batch: 128, length: { steps: 2000 } },
  outputs: 'all',
  joint: 'once',
  methods: [
    none(),
    method('SI', 'si', { strength: 5000 }, { reference: figure(0.235) }),
    method('LwF', 'lwf', { importance: 0.25 }, { reference: figure(0.22) }),
    keeping('replay 100 a class', 'replay', { sampling: 'class-balanced', balance: 'trainings' }, figure(0.892, 'at least (chart)')),
    keeping('iCaRL 100 a class', 'icarl', {}, figure(0.922, 'at least (chart)')),
    ours(stored(1000)),
    joint(figure(0.979)),
  ],
};
