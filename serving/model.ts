import { InvalidInput } from '../contracts';
import { standardise, type Features, type Heads } from '../learning';
import { columnsOf, readInputs, tensorName } from './inputs';
import { requested, type InferRequest, type InferResponse } from './protocol';
import type { Loaded } from './served';

/** Answers a request with a label and class probabilities per row. Throws `InvalidInput`. */
export async function infer(loaded: Loaded, request: InferRequest): Promise<InferResponse> {
  const { features, pipeline, version } = loaded;
  const { rows, values, heads } = readInputs(loaded, request);
  const probabilities = await loaded.predict(standardise(features, values), rows, heads);
  const { classes } = features;
  const outputs = [
    { name: 'label', datatype: 'BYTES', shape: [rows], data: likeliest(probabilities, classes) },
    { name: 'probabilities', datatype: 'FP32', shape: [rows, classes.length], data: Array.from(probabilities) },
  ];
  return {
    model_name: pipeline,
    model_version: version,
    ...(request.id === undefined ? {} : { id: request.id }),
    outputs: requested(outputs, request),
  };
}

function likeliest(probabilities: Float32Array, classes: string[]): string[] {
  return Array.from({ length: probabilities.length / classes.length }, (_, row) => {
    const own = probabilities.subarray(row * classes.length, (row + 1) * classes.length);
    if (own.some((share) => !Number.isFinite(share))) {
      throw new InvalidInput(`infer: row ${row} has values so far from all that the model has seen that it gives no probabilities; check their units.`);
    }
    return classes[own.reduce((best, share, i) => (share > own[best]! ? i : best), 0)]!;
  });
}

const datatypes = { number: 'FP64', category: 'BYTES', time: 'BYTES' } as const;

/** The model's metadata: its raw columns as inputs, the tensor that may stand in for them among the parameters. */
export function metadata(loaded: Loaded, problem: string | null): Record<string, unknown> {
  const { pipeline, version, digest, features } = loaded;
  return {
    name: pipeline,
    versions: [version],
    platform: 'tensorflowjs_layers',
    inputs: [...columnsOf(loaded)].map(([name, kind]) => ({ name, datatype: datatypes[kind], shape: [-1] })),
    outputs: [
      { name: 'label', datatype: 'BYTES', shape: [-1] },
      { name: 'probabilities', datatype: 'FP32', shape: [-1, features.classes.length] },
    ],
    parameters: {
      digest,
      classes: features.classes,
      ...(features.heads ? { heads: classesByHead(features.heads, features.classes) } : {}),
      tensor: { name: tensorName, datatype: 'FP32', shape: [-1, features.width], layout: layout(features) },
      ...(problem === null ? {} : { problem }),
    },
  };
}

/** The column that names a row's head, and the classes of each. */
const classesByHead = ({ column, names, classes }: Heads, all: string[]): Record<string, unknown> => ({
  column,
  classes: Object.fromEntries(names.map((name, i) => [name, classes[i]!.map((index) => all[index])])),
});

/** What stands in each place of the tensor, in words. */
function layout(features: Features): string[] {
  return features.inputs.flatMap((input) => {
    if (input.kind === 'cycle') return [`sin(${input.cycle})`, `cos(${input.cycle})`];
    if (input.kind === 'category') return [...input.levels.map((level) => `${input.column} is ${level}`), `${input.column} is something else`];
    const value = input.origin === 0 ? input.column : `${input.column} minus ${input.origin}`;
    return input.indicator ? [value, `${input.column} is missing`] : [value];
  });
}
