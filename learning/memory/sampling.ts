import type { Random } from '../random';
import type { Places } from './places';

/** A memory as its sampling sees it. */
export interface Sampled {
  size: number;
  capacity: number;
  /** Rows offered so far, this one included: in all, and by class. */
  seen: number;
  seenOf: Float64Array;
  /** 1 for a class that has been the largest in a full memory. */
  full: Uint8Array;
  places: Places;
  /** The score that each place's row had when it came. */
  scores: Float32Array | undefined;
}

/** Where the next row goes; null where it is not kept. The memory is full. */
type Sampling = (memory: Sampled, label: number, score: number, random: Random) => number | null;

/** Vitter's algorithm R (ACM TOMS 1985): every row seen is there with the same chance. */
const reservoir: Sampling = ({ size, seen }, _label, _score, random) => {
  const place = random.below(seen);
  return place < size ? place : null;
};

/**
 * Chrysakis & Moens, "Online Continual Learning from Imbalanced Data" (ICML 2020), algorithm 1: a row of a class that was
 * never the largest takes the place of one of the largest class; a row of one that was replaces one of its own with
 * chance kept/seen.
 */
const classBalanced: Sampling = ({ places, full, seenOf }, label, _score, random) => {
  const largest = places.largest;
  const crowded: number[] = [];
  full.forEach((_, i) => {
    if (places.ofClass(i).length === largest) {
      full[i] = 1;
      crowded.push(i);
    }
  });
  if (full[label] === 0) {
    const from = places.ofClass(crowded[random.below(crowded.length)]!);
    return from[random.below(from.length)]!;
  }
  const own = places.ofClass(label);
  return random.uniform() <= own.length / seenOf[label]! && own.length > 0 ? own[random.below(own.length)]! : null;
};

/**
 * Aljundi et al., "Gradient based sample selection for online continual learning" (NeurIPS 2019), algorithm 2. A score is
 * the largest cosine between the row's gradient and those of some rows of the memory, plus 1. A row that points away
 * from them (score < 1) takes the place of a row that is drawn by its score, with the chance of the drawn one's share of both.
 */
const gssGreedy: Sampling = ({ size, scores }, _label, score, random) => {
  if (!(score < 1)) return null;
  let total = 0;
  for (let i = 0; i < size; i++) total += scores![i]!;
  let left = random.uniform() * total;
  let place = 0;
  while (place < size - 1 && (left -= scores![place]!) >= 0) place++;
  const theirs = scores![place]!;
  return random.uniform() < theirs / (theirs + score) ? place : null;
};

export const samplings = { reservoir, 'class-balanced': classBalanced, 'gss-greedy': gssGreedy } as const;
