import { Random } from '../random';

/**
 * Where one unit of the new model (a place on a tensor's last axis) comes from.
 * own: it is the champion's unit. twin: a further copy of it, and those who take it share out its weights. alias: a copy
 * that never acts at the same time as the others (a level that was unknown before). new: it has nothing before it.
 */
export interface Unit {
  role: 'own' | 'twin' | 'alias' | 'new';
  /** The champion's unit; -1 for a new one. */
  from: number;
}

/** The units of a tensor, and how many the champion's has. */
export interface Units {
  units: Unit[];
  size: number;
}

/** How a layer gets more units. See `SurgeryRequest`. */
export type Widening = 'zero-outgoing' | 'net2net';

export const fresh: Unit = { role: 'new', from: -1 };
const own = (from: number): Unit => ({ role: 'own', from });

/** Every unit is the champion's, in its place. */
export const same = (size: number): Units => ({ units: Array.from({ length: size }, (_, i) => own(i)), size });

export const isSame = ({ units, size }: Units): boolean => units.length === size && units.every(({ role, from }, i) => role === 'own' && from === i);

/** The champion's units first, as many as there is room for, then others. */
export function resized(before: number, after: number, widening: Widening, seed: number): Units {
  // The same sizes give the same twins everywhere, so that layers whose outputs are added stay alike.
  const random = new Random(seed, 'twins', before, after);
  const more = Array.from({ length: Math.max(0, after - before) }, (): Unit => (widening === 'net2net' ? { role: 'twin', from: random.below(before) } : fresh));
  return { units: [...same(Math.min(before, after)).units, ...more], size: before };
}

/** The units after a layer that flattens so many places, each with these units. */
export function flattened({ units, size }: Units, places: number): Units {
  const all = Array.from({ length: places }, (_, place) => units.map(({ role, from }): Unit => (role === 'new' ? fresh : { role, from: place * size + from })));
  return { units: all.flat(), size: places * size };
}

/** The units of tensors side by side. */
export function concatenated(parts: Units[]): Units {
  let size = 0;
  const units = parts.flatMap((part) => {
    const before = size;
    size += part.size;
    return part.units.map(({ role, from }): Unit => (role === 'new' ? fresh : { role, from: before + from }));
  });
  return { units, size };
}

/** The units of tensors that are added, or joined number by number in another way; null where they do not fit. */
export function merged([first, ...others]: Units[]): Units | null {
  const alike = others.every(({ units, size }) => size === first!.size && units.length === first!.units.length && units.every(({ role, from }, i) => role === first!.units[i]!.role && from === first!.units[i]!.from));
  return alike ? first! : null;
}
