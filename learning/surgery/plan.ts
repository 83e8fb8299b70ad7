import type * as tf from '@tensorflow/tfjs';
import { InvalidInput } from '../../contracts';
import { buildModel, weightsOf } from '../models';
import { droppedTensors } from './carry';
import { dataChanges, inputUnits } from './inputs';
import { architectureOf, networkOf, type Network } from './layers';
import { keptBy } from './move';
import { planOperation, type Operation, type Transfer } from './operation';
import type { SurgeryPlan, SurgeryRequest, VariablePlan } from './types';

/**
 * Plans how the champion becomes the model that the pipeline names now, for the columns, categories and classes that the
 * rows have now. Nothing is changed. The same request gives the same plan.
 *
 * Layers are matched by name and shape (see `hints`). A wider layer, an additional layer of relu after relu, a new column,
 * category or class keep the champion's function to the last rounding; a changed activation or kernel size begins its
 * layer anew, and so does what cannot be resized (recurrent cells). `warnings` say where the function is not kept.
 *
 * @throws InvalidInput for a model that cannot be built, for hints that name no layer, and for other classes
 * @example console.log(planText(await planSurgery({ champion, model: pipeline.model, features, seed: 1 })));
 */
export async function planSurgery(request: SurgeryRequest): Promise<SurgeryPlan> {
  const { model, operation } = await prepare(request);
  try {
    return planOf(request, model, operation);
  } finally {
    model.dispose();
  }
}

/** The new model as it is built, and what will be done to it. The model is the caller's to dispose of. */
export async function prepare({ champion, model: spec, features, hints = {}, widening = 'zero-outgoing', seed }: SurgeryRequest): Promise<{ model: tf.LayersModel; operation: Operation }> {
  const known = champion.features.classes;
  if (known.some((name, i) => features.classes[i] !== name)) {
    throw new InvalidInput(`surgery: features.classes are ${features.classes.join(', ')}; they must begin with the champion's, ${known.join(', ')}: make them with extendFeatures`);
  }
  const model = await buildModel(spec, { width: features.width, classes: features.classes.length, names: features.classes }, seed);
  try {
    const classes = { before: known.length, after: features.classes.length };
    return { model, operation: planOperation(champion.model, model, { inputs: inputUnits(champion.features, features), classes, hints, widening, seed }) };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** What will be done, in words and numbers. */
export function planOf({ champion, features }: SurgeryRequest, model: tf.LayersModel, operation: Operation): SurgeryPlan {
  const { added, removed, back, levels, classes } = dataChanges(champion.features, features);
  const { transfers, dropped, reasons } = operation;
  const parameters = weightsOf(champion.model).reduce((sum, { variable }) => sum + variable.size, 0);
  const lost = droppedTensors(champion.strategy?.tensors ?? {}, operation);
  const [old, now] = [networkOf(champion.model), networkOf(model)];
  return {
    variables: [
      ...transfers.map((transfer) => variablePlan(transfer, { added, levels, classes, head: now.head, first: takers(now) })),
      ...dropped.filter((weight) => !transfers.some(({ replaces }) => replaces === weight)).map(({ name, variable }): VariablePlan => ({ name, from: variable.shape, to: null, action: 'dropped' })),
    ],
    kept: transfers.reduce((sum, transfer) => sum + keptBy(transfer), 0) / parameters,
    preserved: operation.exact && back.length === 0,
    warnings: [
      ...reasons,
      ...back.map((name) => `${name} was held constant and is back: its old weights act again`),
      ...removed.map((name) => `${name} is gone: it counts as missing in each row from now on`),
      ...(lost.length > 0 ? [`${champion.strategy!.strategy}'s ${lost.join(', ')} cannot follow and begin${lost.length > 1 ? '' : 's'} anew`] : []),
    ],
    changes: { columns: { added: [...added, ...back], removed }, levels, classes, model: architectureOf(old) !== architectureOf(now) },
  };
}

interface Changes {
  added: string[];
  levels: Record<string, string[]>;
  classes: string[];
  head: string;
  /** Layers whose weights take the model's input. */
  first: string[];
}

function variablePlan(transfer: Transfer, changes: Changes): VariablePlan {
  const { weight, how, ins, outs } = transfer;
  const { source } = transfer;
  const old = source ?? transfer.replaces;
  const count = (units: typeof ins, ...roles: string[]): number => units?.units.filter(({ role }) => roles.includes(role)).length ?? 0;
  const of: Counts = { newIn: count(ins, 'new'), alias: count(ins, 'alias'), newOut: count(outs, 'new'), twinOut: count(outs, 'twin'), twinIn: count(ins, 'twin') };
  const note = how === 'moved' ? notes(of, transfer, changes) : { identity: 'the identity: gives what it takes', zero: 'zeros', fresh: '' }[how];
  return {
    name: weight.name,
    ...(source && source.name !== weight.name ? { source: source.name } : {}),
    from: old ? old.variable.shape : null,
    to: weight.variable.shape,
    action: how === 'moved' ? actionOf(of, ins) : 'fresh',
    ...(note ? { note } : {}),
  };
}

/** How many units of each role a variable takes and gives. */
type Counts = Record<'newIn' | 'alias' | 'newOut' | 'twinOut' | 'twinIn', number>;

/** The one word for what is moved: where several hold, the one that says most. */
function actionOf({ newIn, alias, newOut, twinOut, twinIn }: Counts, ins: Transfer['ins']): VariablePlan['action'] {
  if (alias > 0) return 'remapped';
  if (newOut + twinOut > 0) return 'widened';
  if (newIn > 0) return 'zero-padded';
  if (twinIn > 0) return 'widened';
  const moves = ins?.units.some(({ role, from }, i) => role === 'own' && from !== i);
  return moves ? 'remapped' : 'copied';
}

function notes(of: Counts, { layer, ins, outs, weight }: Transfer, { added, levels, classes, head, first }: Changes): string {
  const takesInput = first.includes(layer);
  const rows = takesInput && added.length > 0 ? `zero rows for ${added.join(', ')}` : `${plural(of.newIn, 'zero row')} for new units`;
  const kept = outs ? outs.size - outs.units.length : 0;
  const newClasses = `${classes.length > 1 ? 'classes' : 'class'} ${classes.join(', ')}`;
  return [
    of.alias > 0 ? `rows follow the levels of ${Object.keys(levels).join(', ')}: new ones begin as unknown` : '',
    ins && of.newIn > 0 ? rows : '',
    of.twinIn > 0 ? `its rows are shared out with ${plural(of.twinIn, 'copied unit')}` : '',
    of.newOut > 0 && layer === head ? `new ${newClasses}: ${ins ? 'zeros' : weight.name.endsWith('bias') ? 'from the prior' : ''}` : '',
    of.newOut > 0 && layer !== head ? `${plural(of.newOut, 'new unit')}${ins ? ', at random' : ''}` : '',
    of.twinOut > 0 ? `${plural(of.twinOut, 'copied unit')}` : '',
    kept > 0 ? `the first ${outs!.units.length} of ${outs!.size} units` : '',
  ].filter((text) => text !== '').join('; ');
}

/** Layers with weights that take the model's input, as it is or through layers without. */
function takers({ layers }: Network): string[] {
  const inputs = new Set<string>();
  return layers.flatMap(({ key, name, weights, inputs: from }) => {
    const takes = from.some((input) => inputs.has(input));
    if (weights.length === 0 && (takes || from.length === 0)) inputs.add(key);
    return weights.length > 0 && takes ? [name] : [];
  });
}

const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
