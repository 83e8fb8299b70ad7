import { widthOf, type CategoryInput, type Features, type Input } from '../features';
import { fresh, type Unit, type Units } from './units';

/**
 * Where each of the model's inputs comes from: the champion's stay, a level that the champion took for unknown is an alias
 * of `unknown`, and all others are new. null where the champion's inputs are not all there with the same scaling, so that
 * its first weights would mean something else.
 */
export function inputUnits(before: Features, after: Features): Units | null {
  const places = new Map<string, { input: Input; at: number }>();
  let offset = 0;
  for (const input of before.inputs) {
    places.set(inputKey(input), { input, at: offset });
    offset += widthOf(input);
  }
  if (before.scaler !== after.scaler || JSON.stringify(before.shared) !== JSON.stringify(after.shared)) return null;
  const units: Unit[] = [];
  for (const input of after.inputs) {
    const found = places.get(inputKey(input));
    places.delete(inputKey(input));
    if (!found) units.push(...Array.from({ length: widthOf(input) }, () => fresh));
    else if (!isKept(found.input, input)) return null;
    else if (input.kind === 'category') units.push(...levelUnits((found.input as CategoryInput).levels, input.levels, found.at));
    else units.push(...Array.from({ length: widthOf(input) }, (_, i): Unit => ({ role: 'own', from: found.at + i })));
  }
  return places.size === 0 ? { units, size: before.width } : null;
}

/** Whether what the champion's input says is still said in the same way. */
function isKept(before: Input, after: Input): boolean {
  if (before.kind === 'category') return before.levels.every((level) => (after as CategoryInput).levels.includes(level));
  const { held: _, ...was } = before;
  const { held: __, ...is } = after;
  return JSON.stringify(was) === JSON.stringify(is);
}

function levelUnits(before: string[], after: string[], at: number): Unit[] {
  const levels = after.map((level): Unit => (before.includes(level) ? { role: 'own', from: at + before.indexOf(level) } : { role: 'alias', from: at + before.length }));
  return [...levels, { role: 'own', from: at + before.length }];
}

/** What changed in the data between the champion and now: names of columns (and cycles), of levels by column, of classes. */
export function dataChanges(before: Features, after: Features): { added: string[]; removed: string[]; back: string[]; levels: Record<string, string[]>; classes: string[] } {
  const known = new Map(before.inputs.map((input) => [inputKey(input), input]));
  const live = after.inputs.filter(({ held }) => !held);
  const lively = new Set(live.map(inputKey));
  const levels = live.flatMap((input) => {
    const was = known.get(inputKey(input));
    const more = input.kind === 'category' && was?.kind === 'category' ? input.levels.filter((level) => !was.levels.includes(level)) : [];
    return more.length > 0 ? [[nameOf(input), more] as const] : [];
  });
  return {
    added: live.filter((input) => !known.has(inputKey(input))).map(nameOf),
    removed: before.inputs.filter((input) => !input.held && !lively.has(inputKey(input))).map(nameOf),
    back: live.filter((input) => known.get(inputKey(input))?.held).map(nameOf),
    levels: Object.fromEntries(levels),
    classes: after.classes.filter((name) => !before.classes.includes(name)),
  };
}

const inputKey = (input: Input): string => `${input.kind} ${nameOf(input)}`;
const nameOf = (input: Input): string => (input.kind === 'cycle' ? input.cycle : input.column);
