import { joint, method, none, ours, stored, type Protocol, type Reference } from '../protocol';

const figure = (accuracy: number): Reference => ({ accuracy, source: 'GSS (Aljundi et al. 2019), table', asked: 'at least' });
const buffer = { memory: 300, balance: 'turns', repeats: 3 };

export const imbalancedMnist: Protocol = {
  name: 'imbalanced-mnist',
  title: 'Imbalanced Split-MNIST, one pass',
  source:
    'Aljundi et al., NeurIPS 2019, section 4.3; code rahafaljundi/Gradient-based-Sample-Selection ca4160a. Five streams: in stream i task i has 2,000 rows and the other four 200 each; digits 0..9 in order; ' +
    'pixels of 0..1; MLP 784-100-100-10, all ten outputs from the start; SGD .05, batch 10, each batch three times: a step on 10 new rows, then one on 10 rows of a buffer of 300. A seed’s accuracy is the mean of the five streams.',
  ours: ['He’s initialisation of hidden layers (source: Glorot uniform).', 'The default goes through each batch three times too: steps on 10 new rows and 10 old ones at once.'],
  stream: { by: 'digits', tasks: 5, scenario: 'class', imbalance: { dominant: 2000, others: 200 } },
  model: { mlp: [100, 100], activation: 'relu', dropout: 0 },
  scale: { mean: 0, sd: 255 },
  schedule: { optimizer: 'sgd', rate: 0.05, batch: 10, length: { epochs: 1 } },
  outputs: 'all',
  joint: 'once',
  methods: [
    none(),
    method('reservoir 300', 'replay', { ...buffer, insert: 'stream' }, { reference: figure(0.691) }),
    method('GSS-Greedy 300', 'replay', { ...buffer, sampling: 'gss-greedy' }, { reference: figure(0.78) }),
    ours(stored(300, 4), { options: { repeats: buffer.repeats } }),
    joint(undefined, { schedule: { length: { epochs: 3 } } }),
  ],
};
