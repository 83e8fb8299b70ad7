import { Random } from '../random';
import type { NamedArray } from '../tensors-file';
import type { Transfer } from './operation';
import type { Unit, Units } from './units';

type Values = Float32Array;

/**
 * A weight of the new model, or what is like one (an anchor, an average of weights).
 *
 * - (own, own): the source's. A twin's incoming weights are its original's; its outgoing ones are shared out between the
 *   twins, at random for each weight, so that the sum stays and the twins learn different things (Net2Net makes equal
 *   shares and adds noise).
 * - (new, own) is 0: what a new unit says is not heard yet (OpenAI Five, appendix B). (any, new) is as it was built.
 *
 * @param source the champion's values; null where there are none
 * @param built values of the new model as it was built, of the result's shape
 */
export function moveWeight(transfer: Transfer, source: NamedArray | null, built: Values, seed: number): Values {
  const { how, ins, outs, begin } = transfer;
  const shape = transfer.weight.variable.shape;
  if (how === 'fresh') return built.slice();
  if (how === 'moved' && !outs) return (source!.values as Values).slice();
  const shares = how === 'moved' && ins ? sharesOf(ins, outs!, new Random(seed, 'shares', transfer.weight.name)) : null;
  const middle = how === 'identity' ? Math.floor(placesOf(shape) / 2) : 0;
  return each(shape, ins, outs!, (at, place, i, o) => {
    const [input, output] = [i?.unit, o.unit];
    if (output.role === 'new') return begin === 'zero' ? 0 : built[at]!;
    if (how === 'zero' || input?.role === 'new') return 0;
    if (how === 'identity') return place === middle && input!.from === output.from && input!.role !== 'twin' ? 1 : 0;
    const value = source!.values[oldIndex(ins, outs!, place, input, output)]!;
    return shares ? value * shares[i!.index * outs!.units.length + o.index]! : value;
  });
}

/**
 * What belongs to a weight and is no weight: a moment, an importance. The champion's where the weight is the champion's
 * own, `pad` where it is new, or a copy that has yet to go its own way.
 *
 * @returns null where nothing of it lives on
 */
export function moveMoment(transfer: Transfer, source: NamedArray, pad = 0): Values | null {
  const { how, ins, outs } = transfer;
  const shape = transfer.weight.variable.shape;
  if (how !== 'moved') return null;
  if (!outs) return (source.values as Values).slice();
  return each(shape, ins, outs, (_, place, i, o) =>
    o.unit.role === 'own' && (!i || i.unit.role === 'own') ? source.values[oldIndex(ins, outs, place, i?.unit, o.unit)]! : pad,
  );
}

/** How many numbers of the source live on. */
export function keptBy({ how, ins, outs, source, weight }: Transfer): number {
  if (how !== 'moved') return 0;
  if (!outs) return source!.variable.size;
  const distinct = (units: Unit[]): number => new Set(units.flatMap(({ role, from }) => (role === 'new' ? [] : [from]))).size;
  return distinct(outs.units) * (ins ? distinct(ins.units) * placesOf(weight.variable.shape) : 1);
}

interface At {
  unit: Unit;
  index: number;
}

/** Fills an array of the shape [..., in, out], or [out] where there are no units `in`. */
function each(shape: number[], ins: Units | null, outs: Units, value: (at: number, place: number, i: At | null, o: At) => number): Values {
  const filled = new Float32Array(shape.reduce((product, n) => product * n, 1));
  const rows = ins ? ins.units.map((unit, index): At => ({ unit, index })) : [null];
  const columns = outs.units.map((unit, index): At => ({ unit, index }));
  const places = ins ? placesOf(shape) : 1;
  let at = 0;
  for (let place = 0; place < places; place++) for (const i of rows) for (const o of columns) filled[at] = value(at++, place, i, o);
  return filled;
}

/** Positions of a convolution's kernel; 1 for a dense one. */
const placesOf = (shape: number[]): number => shape.slice(0, -2).reduce((product, n) => product * n, 1);

const oldIndex = (ins: Units | null, outs: Units, place: number, input: Unit | undefined, output: Unit): number =>
  (place * (ins?.size ?? 1) + (input?.from ?? 0)) * outs.size + output.from;

/** For each pair of units the share of the source's weight: 1 but where twins share it out. null where there are none. */
function sharesOf(ins: Units, outs: Units, random: Random): Float32Array | null {
  const twins = new Map(ins.units.flatMap(({ role, from }) => (role === 'twin' ? [[from, [] as number[]]] : [])));
  if (twins.size === 0) return null;
  ins.units.forEach(({ from }, i) => twins.get(from)?.push(i));
  const shares = new Float32Array(ins.units.length * outs.units.length).fill(1);
  for (const places of twins.values()) {
    for (const o of outs.units.keys()) {
      const draws = places.map(() => 0.2 + random.uniform());
      const sum = draws.reduce((total, draw) => total + draw, 0);
      places.forEach((place, i) => (shares[place * outs.units.length + o] = draws[i]! / sum));
    }
  }
  return shares;
}
