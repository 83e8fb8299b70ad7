import { scaling } from './encode';
import { widthOf } from './fit';
import type { CategoryInput, Features, Input } from './types';

/** One number of an encoded row: the sum of some numbers of another features' row, and a constant. */
interface Term {
  from: number[];
  add: number;
}

/**
 * What each of `to`'s inputs is in the inputs of `from`, column by column. A column that `from` has not counts as missing, and
 * so does one that `to` holds constant: old rows must not say what new ones and predictions cannot. A level that `to` does not
 * tell apart is an unknown one.
 */
function terms(from: Features, to: Features): Term[] {
  const places = new Map<string, { input: Input; at: number }>();
  let offset = 0;
  for (const input of from.inputs) {
    places.set(keyOf(input), { input, at: offset });
    offset += widthOf(input);
  }
  return to.inputs.flatMap((input): Term[] => {
    const found = places.get(keyOf(input));
    if (!found || input.held) return missing(input);
    const { at, input: other } = found;
    if (input.kind === 'number' && other.kind === 'number') {
      const value = { from: [at], add: other.origin - input.origin };
      return input.indicator ? [value, { from: other.indicator ? [at + 1] : [], add: 0 }] : [value];
    }
    if (input.kind === 'category' && other.kind === 'category') return levelTerms(other, input, at);
    return [{ from: [at], add: 0 }, { from: [at + 1], add: 0 }];
  });
}

function levelTerms(from: CategoryInput, to: CategoryInput, at: number): Term[] {
  const indices = new Map(from.levels.map((level, i) => [level, i]));
  const known = to.levels.map((level) => ({ from: indices.has(level) ? [at + indices.get(level)!] : [], add: 0 }));
  const others = from.levels.flatMap((level, i) => (to.levels.includes(level) ? [] : [at + i]));
  return [...known, { from: [at + from.levels.length, ...others], add: 0 }];
}

function missing(input: Input): Term[] {
  const nothing = Array.from({ length: widthOf(input) }, () => ({ from: [] as number[], add: 0 }));
  if ((input.kind === 'number' && input.indicator) || input.kind === 'category') nothing.at(-1)!.add = 1;
  return nothing;
}

const keyOf = (input: Input): string => `${input.kind} ${input.kind === 'cycle' ? input.cycle : input.column}`;

const isSame = (found: Term[], width: number): boolean => found.length === width && found.every(({ from, add }, i) => from.length === 1 && from[0] === i && add === 0);

/**
 * Encoded rows of one features as another would have encoded them: rows of a memory after a surgery, the rows of now for
 * a teacher that knows other columns. A number that was missing stays at the first's origin.
 *
 * @param encoded float32 [rows, from.width], unscaled
 * @returns float32 [rows, to.width]; the same array where both encode alike
 */
export function translate(from: Features, to: Features, encoded: Float32Array): Float32Array {
  const found = terms(from, to);
  if (isSame(found, from.width)) return encoded;
  const rows = encoded.length / from.width;
  const translated = new Float32Array(rows * to.width);
  for (let row = 0; row < rows; row++) {
    found.forEach((term, i) => {
      translated[row * to.width + i] = term.from.reduce((sum, at) => sum + encoded[row * from.width + at]!, term.add);
    });
  }
  return translated;
}

/**
 * The same for scaled rows, as a matrix and a vector: `x · kernel + bias`.
 *
 * @returns kernel float32 [from.width, to.width], bias float32 [to.width]; null where nothing changes
 */
export function scaledTranslation(from: Features, to: Features): { kernel: Float32Array; bias: Float32Array } | null {
  const found = terms(from, to);
  const [before, after] = [scaling(from), scaling(to)];
  const unscaled = isSame(found, from.width) && before.mean.every((mean, i) => mean === after.mean[i]) && before.scale.every((scale, i) => scale === after.scale[i]);
  if (unscaled) return null;
  const kernel = new Float32Array(from.width * to.width);
  const bias = Float32Array.from(found, (term, i) => {
    for (const at of term.from) kernel[at * to.width + i] = before.scale[at]! / after.scale[i]!;
    return (term.from.reduce((sum, at) => sum + before.mean[at]!, term.add) - after.mean[i]!) / after.scale[i]!;
  });
  return { kernel, bias };
}
