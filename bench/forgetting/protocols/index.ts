import { imbalancedMnist } from './imbalanced-mnist';
import type { Protocol } from '../protocol';
import { permutedMnist10, permutedMnist17, permutedMnist17Avalanche } from './permuted-mnist';
import { rotatedMnist } from './rotated-mnist';
import { splitMnist100 } from './split-mnist-100';
import { splitMnistClass, splitMnistDomain, splitMnistTask } from './split-mnist';
import { splitMnistOnline } from './split-mnist-online';

export const protocols: Protocol[] = [
  splitMnistClass, splitMnistDomain, splitMnistTask, splitMnist100, splitMnistOnline, rotatedMnist, permutedMnist10, permutedMnist17, permutedMnist17Avalanche, imbalancedMnist,
];
