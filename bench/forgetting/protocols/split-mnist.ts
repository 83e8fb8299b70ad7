import { joint, method, none, ours, type Method, type Protocol, type Reference } from '../protocol';

const source = 'Hsu et al. 2018, arXiv 1810.12488; code GT-RIPL/Continual-Learning-Benchmark d78b997';
/** A replayed batch of the source's 128 rows is half new and half old; there are as many steps as for 64 new rows. */
const halved: Partial<Method> = { later: { batch: 64 } };

const figure = (accuracy: number, asked?: Reference['asked']): Reference => ({ accuracy, source: 'Hsu et al. 2018, table', ...(asked ? { asked } : {}) });

const common = {
  source:
    `${source}. Digits 0..9 in order, two a task; images framed to 32 × 32, (pixel - .1000) / .2752; MLP 1024-400-400; ` +
    '4 epochs a task, batch 128, one Adam 1e-3 through all tasks (moments are kept). Mean of the five tasks’ accuracies after the last. ' +
    'Replay: memory equal per task; batches of 128 from new rows and as many repeated old ones. Penalties without ½. EWC: one term a task, ' +
    'Fisher row by row at the predicted label. SI: damping .1.',
  ours: [
    'He’s initialisation, biases 0 (source: PyTorch’s uniform ± 1/√fan-in).',
    'A new class’s output begins with zeros and a bias from the rows that bring it, as a run’s surgery makes it (source: at random, and left out of the softmax until the class comes).',
    'Replay takes 64 new and 64 old rows in each step from the second task on: the source’s 1 : 1 exactly, and as many steps.',
    'Fisher information from 5,000 rows of a task (source: all, about 12,000).',
    'LwF is not in the source’s code; its figures are those of van de Ven & Tolias 2019, whose loss is taken: CE / t + (1 - 1/t) T² KD, T = 2. '
      + 'Class-incremental: CE + KD without T², as the same authors write it in 2022; the other came to 20.5 on held-out rows, this to 22.0.',
  ],
  model: { mlp: [400, 400], activation: 'relu', dropout: 0 },
  scale: { mean: 25.5, sd: 70.176 },
  schedule: { optimizer: 'adam', rate: 0.001, batch: 128, length: { epochs: 4 } },
  joint: 'once',
} satisfies Partial<Protocol>;

const stream = (scenario: Protocol['stream']['scenario']): Protocol['stream'] => ({ by: 'digits', tasks: 5, scenario, frame: true });
/** What so many framed rows take in a version. */
const framed = (rows: number): number => rows * (32 * 32 + 1) + 90;
const replay = (memory: number, reference: Reference): Method =>
  method(`replay ${memory}`, 'replay', { memory, sampling: 'class-balanced' }, { ...halved, reference });
const ewc = (importance: number, reference: Reference): Method => method('EWC', 'ewc', { importance, rows: 5000 }, { reference });
const si = (strength: number, reference: Reference): Method => method('SI', 'si', { strength }, { reference });
const lwf = (options: Record<string, unknown>, reference: Reference): Method => method('LwF', 'lwf', options, { reference });
const l2 = (strength: number, reference: Reference): Method => method('L2', 'l2-sp', { strength }, { reference });
const onlineEwc = (importance: number, reference: Reference): Method => method('online EWC', 'ewc', { importance, online: true, rows: 5000 }, { reference });

/** Which digit: the head grows by two outputs with each task. */
export const splitMnistClass: Protocol = {
  ...common,
  name: 'split-mnist-class',
  title: 'Split-MNIST, class-incremental',
  stream: stream('class'),
  outputs: 'grow',
  methods: [
    none(figure(0.1971)),
    l2(100, figure(0.2252)),
    ewc(600, figure(0.198, 'within 3 points')),
    onlineEwc(100, figure(0.1977)),
    si(600, figure(0.1967, 'within 3 points')),
    lwf({ importance: 0.25 }, figure(0.2417, 'within 3 points')),
    replay(1100, figure(0.9078, 'at least')),
    replay(4400, figure(0.9559, 'at least')),
    method('iCaRL 1100', 'icarl', { memory: 1100 }, halved),
    method('DER++ 1100', 'der', { memory: 1100 }, halved),
    method('GDumb 1100', 'gdumb', { memory: 1100 }, { schedule: { batch: 16, length: { epochs: 30 } } }),
    ours(1100 * 784, { ...halved, reference: { accuracy: 0.956, source: 'what plain replay needs 4,400 rows for', asked: 'at least' } }),
    joint(figure(0.9753)),
  ],
};

/** Which of a task's two digits, the first or the second; the task is not told. */
export const splitMnistDomain: Protocol = {
  ...common,
  name: 'split-mnist-domain',
  title: 'Split-MNIST, domain-incremental',
  stream: stream('domain'),
  outputs: 'all',
  methods: [
    none(figure(0.5516)),
    l2(0.5, figure(0.66)),
    ewc(100, figure(0.5885)),
    onlineEwc(700, figure(0.5733)),
    si(3000, figure(0.6476)),
    lwf({ balance: 'trainings' }, figure(0.7102)),
    replay(1100, figure(0.9516, 'at least')),
    replay(4400, figure(0.9711, 'at least')),
    ours(framed(1100), halved),
    joint(figure(0.9859)),
  ],
};

/** Which of a task's two digits; the task is told, and each has a head of its own. */
export const splitMnistTask: Protocol = {
  ...common,
  name: 'split-mnist-task',
  title: 'Split-MNIST, task-incremental',
  stream: stream('task'),
  outputs: 'all',
  methods: [
    none(figure(0.9346)),
    l2(0.01, figure(0.9818)),
    ewc(100, figure(0.977, 'at least')),
    onlineEwc(400, figure(0.9804)),
    si(300, figure(0.9856, 'at least')),
    lwf({ balance: 'trainings' }, figure(0.996, 'at least')),
    replay(1100, figure(0.994, 'at least')),
    ours(framed(1100), halved),
    joint(figure(0.9952)),
  ],
};
