import { z } from 'zod';
import { check, InvalidInput } from '../contracts';

/** Data types of the Open Inference Protocol that a JSON request may name. */
const datatype = z.enum([
  'BOOL', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64', 'FP16', 'FP32', 'FP64', 'BYTES',
]);
const list = z.custom<unknown[]>((value) => Array.isArray(value), 'a list is expected');

const inferInput = z.looseObject({
  name: z.string().min(1).max(200),
  datatype,
  shape: z.array(z.number().int().nonnegative()).min(1).max(8),
  /** Flat, or nested as the shape says. */
  data: list,
});
export type InferInput = z.output<typeof inferInput>;

const inferRequest = z.looseObject({
  id: z.string().max(200).optional(),
  inputs: z.array(inferInput).min(1).max(10_000),
  outputs: z.array(z.looseObject({ name: z.string() })).optional(),
});
export type InferRequest = z.output<typeof inferRequest>;

export interface InferOutput {
  name: string;
  datatype: string;
  shape: number[];
  data: unknown[];
}
export interface InferResponse {
  model_name: string;
  model_version: string;
  id?: string;
  outputs: InferOutput[];
}

const example = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 2], data: [0.5, 1.5] }] };

/** Checks the form of a request; what it means for a model is `readInputs`'s matter. Throws `InvalidInput`. */
export function parseRequest(body: unknown): InferRequest {
  const request = check(inferRequest, body, 'infer', example);
  for (const field of ['inputs', 'outputs'] as const) {
    const names = new Set<string>();
    for (const { name } of request[field] ?? []) {
      if (names.has(name)) throw new InvalidInput(`infer: ${field} names ${JSON.stringify(name)} twice; name each once.`);
      names.add(name);
    }
  }
  for (const input of request.inputs) {
    if ((input['parameters'] as Record<string, unknown> | undefined)?.['binary_data_size'] !== undefined) {
      throw new InvalidInput(`infer: inputs.${input.name} is sent as binary data, which this server does not read; send its data as JSON.`);
    }
  }
  return request;
}

/** The values of an input in one flat list, as many as its shape says. Throws `InvalidInput`. */
export function flatData({ name, shape, data }: InferInput): unknown[] {
  const flat = data.some(Array.isArray) ? data.flat(shape.length - 1) : data;
  const expected = shape.reduce((product, size) => product * size, 1);
  if (flat.length !== expected) {
    throw new InvalidInput(`infer: inputs.${name}.data has ${flat.length} values, but its shape [${shape.join(', ')}] says ${expected}.`);
  }
  return flat;
}

/** The outputs that were asked for; all where none was named. Throws `InvalidInput` for one that is not there. */
export function requested(outputs: InferOutput[], { outputs: wanted }: InferRequest): InferOutput[] {
  if (!wanted || wanted.length === 0) return outputs;
  return wanted.map(({ name }) => {
    const found = outputs.find((output) => output.name === name);
    if (found) return found;
    throw new InvalidInput(`infer: outputs names ${JSON.stringify(name)}; there are ${outputs.map((output) => output.name).join(' and ')}.`);
  });
}
