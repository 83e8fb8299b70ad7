import { InvalidInput } from '../../contracts';
import type { LayerView, Network } from './layers';

export type Hints = Record<string, string | null>;

/**
 * Which of the champion's layers each new layer with weights comes from: its last from the last, those that the hints
 * name as they say, and the others in their order, so that names and shapes agree best. A layer without a partner is
 * missing. Where a model branches, the order of its layers says little: those of the same name, class and width go
 * together first.
 *
 * @returns partners, each by its first use, by the new layer's name
 * @throws InvalidInput for a hint that names no layer, two of other classes, or the head and another layer
 */
export function matchLayers(before: Network, after: Network, hints: Hints): Map<string, LayerView> {
  const pairs = new Map<string, LayerView>();
  const [old, now] = [before, after].map(({ layers }) => layers.filter(({ weights, use }) => weights.length > 0 && use === 0)) as [LayerView[], LayerView[]];
  for (const [name, source] of Object.entries(hints)) {
    const layer = named(now, name, 'the new model');
    if (source === null) continue;
    const found = named(old, source, 'the champion');
    if (found.type !== layer.type) throw new InvalidInput(`surgery.hints: ${name} is a ${layer.type} and ${source} a ${found.type}; weights go only from a layer to one of its kind`);
    if ((name === after.head) !== (source === before.head)) throw new InvalidInput(`surgery.hints: of ${name} and ${source} one makes the logits and the other does not; the head comes from the head`);
    if ([...pairs.values()].includes(found)) throw new InvalidInput(`surgery.hints: ${source} is named twice; a layer of the champion has one successor`);
    pairs.set(name, found);
  }
  const taken = new Set(pairs.values());
  const [last, first] = [now.find(({ name }) => name === after.head), old.find(({ name }) => name === before.head)];
  if (last && first && last.type === first.type && !(last.name in hints) && !taken.has(first)) pairs.set(last.name, first);
  const left = now.filter(({ name }) => !(name in hints) && name !== after.head);
  // Where a hint lets go of a layer, no other takes it by a guess.
  const free = old.filter((layer) => !taken.has(layer) && layer.name !== before.head && hints[layer.name] !== null);
  const certain = branches(before) || branches(after) ? namesakes(left, free) : [];
  const open = (layers: LayerView[]): LayerView[] => layers.filter((layer) => !certain.flat().includes(layer));
  for (const [layer, found] of [...certain, ...aligned(open(left), open(free))]) pairs.set(layer.name, found);
  return pairs;
}

const branches = ({ layers }: Network): boolean => layers.some(({ inputs }) => inputs.length > 1);

const namesakes = (now: LayerView[], old: LayerView[]): [LayerView, LayerView][] =>
  now.flatMap((layer) => {
    const found = old.find(({ name, type, outputShape }) => name === layer.name && type === layer.type && outputShape.at(-1) === layer.outputShape.at(-1));
    return found ? [[layer, found] as [LayerView, LayerView]] : [];
  });

/** The best alignment of two sequences (Needleman & Wunsch, J. Mol. Biol. 1970), without a cost for what is left out. */
function aligned(now: LayerView[], old: LayerView[]): [LayerView, LayerView][] {
  const best = Array.from({ length: now.length + 1 }, () => new Float64Array(old.length + 1));
  const paired = (i: number, j: number): number => best[i + 1]![j + 1]! + likeness(now[i]!, old[j]!);
  for (let i = now.length - 1; i >= 0; i--) {
    for (let j = old.length - 1; j >= 0; j--) best[i]![j] = Math.max(best[i + 1]![j]!, best[i]![j + 1]!, paired(i, j));
  }
  const pairs: [LayerView, LayerView][] = [];
  for (let i = 0, j = 0; i < now.length && j < old.length; ) {
    if (best[i]![j] === paired(i, j)) pairs.push([now[i++]!, old[j++]!]);
    else if (best[i]![j] === best[i + 1]![j]) i++;
    else j++;
  }
  return pairs;
}

/** How much speaks for a layer to come from another: half as much where weights would be lost, nothing for one of another class. */
function likeness(now: LayerView, old: LayerView): number {
  if (now.type !== old.type) return -Infinity;
  const [is, was] = [now, old].map(({ weights }) => weights[0]!.variable.shape) as [number[], number[]];
  const alike = now.weights.length === old.weights.length && now.weights.every(({ variable }, i) => variable.shape.join() === old.weights[i]!.variable.shape.join());
  const points = [[1, true], [2, now.name === old.name], [2, is.at(-1) === was.at(-1)], [1, is.at(-2) === was.at(-2)], [1, alike]] as const;
  const loses = is.slice(-2).some((n, i) => n < was.slice(-2)[i]!);
  return points.reduce((sum, [worth, holds]) => sum + (holds ? worth : 0), 0) / (loses ? 2 : 1);
}

function named(layers: LayerView[], name: string, where: string): LayerView {
  const found = layers.find((layer) => layer.name === name);
  if (!found) throw new InvalidInput(`surgery.hints: ${where} has no layer ${name} with weights; it has ${layers.map((layer) => layer.name).join(', ')}; correct the hint, or remove it where it has done its work`);
  return found;
}
