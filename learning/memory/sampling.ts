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

/** The row that asks for a place: its class, and for gss-greedy its score and its batch's. */
interface Candidate {
  label: number;
  score: number;
  gate: number;
}

/** Where the next row goes; null where it is not kept. The memory is full. */
type Sampling = (memory: Sampled, row: Candidate, random: Random) => number | null;

/** Vitter's algorithm R (ACM TOMS 1985): every row seen is there with the same chance. */
const reservoir: Sampling = ({ size, seen }, _row, random) => {
  const place = random.below(seen);
  return place < size ? place : null;
};

/**
 * Chrysakis & Moens, "Online Continual Learning from Imbalanced Data" (ICML 2020), algorithm 1: a row of a class that was
 * never the largest takes the place of one of the largest class; a row of one that was replaces one of its own with
 * chance kept/seen.
 */
const classBalanced: Sampling = ({ places, full, seenOf }, { label }, random) => {
  const largest = places.ofLargest.length;
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
 * Aljundi et al., "Gradient based sample selection for online continual learning" (NeurIPS 2019), algorithm 2 with the
 * details of the authors' code. A score is the largest cosine between the row's gradient and those of some rows of the
 * memory, -1..1. Only where the gradient of the whole batch points away from all of them (gate < 0) is anything kept: then
 * one place is drawn in proportion to (score - least) / (most - least + .01), and its row gives way with the chance of its
 * share of both, each as (score + 1) / 2. A row that came without a score counts as 0.
 */
const gssGreedy: Sampling = ({ size, scores }, { score, gate }, random) => {
  if (!(gate < 0)) return null;
  const of = (place: number): number => scores?.[place] || 0;
  let [least, most, sum] = [Infinity, -Infinity, 0];
  for (let place = 0; place < size; place++) {
    least = Math.min(least, of(place));
    most = Math.max(most, of(place));
    sum += of(place);
  }
  const total = (sum - size * least) / (most - least + 0.01);
  let left = random.uniform() * total;
  let place = total > 0 ? 0 : random.below(size);
  while (total > 0 && place < size - 1 && (left -= (of(place) - least) / (most - least + 0.01)) >= 0) place++;
  const [theirs, ours] = [(of(place) + 1) / 2, (score + 1) / 2];
  return random.uniform() < theirs / (theirs + ours) ? place : null;
};

export const samplings = { reservoir, 'class-balanced': classBalanced, 'gss-greedy': gssGreedy } as const;
