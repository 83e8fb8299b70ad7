import type { NumberColumn, Table } from '../../contracts';
import { fitFeatures, buildModel, encode, loadBackend, predict, type Features } from '../../learning';
import { infer, metadata } from '../../serving/model';
import { predictor } from '../../serving/predictor';
import type { Loaded } from '../../serving/served';
import type { InferRequest } from '../../serving/protocol';
import { market } from './world';

/** A market of two regions, each with classes of its own. */
const table = ((): Table => {
  const rows = market();
  const region = Int32Array.from({ length: rows.rows }, (_, i) => i % 2);
  const up = Int32Array.from(region, (code, i) => 2 * code + (Math.sin(i) > 0 ? 1 : 0));
  return { ...rows, columns: { ...rows.columns, region: { kind: 'category', levels: ['nsw', 'vic'], codes: region }, up: { kind: 'category', levels: ['nsw down', 'nsw up', 'vic down', 'vic up'], codes: up } } };
})();
let loaded: Loaded;
let features: Features;
let expected: ReturnType<typeof predict>;
beforeAll(async () => {
  await loadBackend(['native', 'wasm', 'js'], { convolution: false });
  features = fitFeatures({ label: 'up', head: 'region', exclude: [], cycles: [], scaler: 'running' }, table);
  const model = await buildModel({ mlp: [8], activation: 'relu', dropout: 0 }, { width: features.width, classes: 4 }, 1);
  expected = predict(model, features, table, { from: 0, to: 6 });
  loaded = { pipeline: 'market', version: '1.1.0', digest: '', timeColumn: 'when', features, ...predictor(model, features.heads) };
});

const regions = ['nsw', 'vic', 'nsw', 'vic', 'nsw', 'vic'];
const head = (data: unknown[]) => ({ name: 'region', datatype: 'BYTES', shape: [data.length], data });
const columns = () => (['price', 'demand'] as const).map((name) => ({ name, datatype: 'FP64', shape: [6], data: Array.from((table.columns[name] as NumberColumn).values.subarray(0, 6), (v) => (Number.isNaN(v) ? null : v)) }));
const tensor = () => ({ name: 'features', datatype: 'FP32', shape: [6, features.width], data: Array.from(encode(features, table, { from: 0, to: 6 })) });
const ask = (...inputs: object[]) => infer(loaded, { inputs } as InferRequest);

test.each([['columns', () => columns()], ['a tensor', () => [tensor()]]])('a request by %s names the head of each row, and gets a class of it', async (_, inputs) => {
  const { outputs } = await ask(...inputs(), head(regions));
  const [labels, probabilities] = [outputs[0]!.data as string[], outputs[1]!.data as number[]];
  regions.forEach((region, row) => {
    expect(labels[row]!.startsWith(region)).toBe(true);
    expect(labels[row]).toBe(features.classes[expected.predictions[row]!]);
  });
  probabilities.forEach((share, i) => {
    expect(share).toBeCloseTo(expected.probabilities[i]!, 5);
    if (!features.classes[i % 4]!.startsWith(regions[Math.floor(i / 4)]!)) expect(share).toBe(0);
  });
});

test('a head that is missing or unknown is refused', async () => {
  await expect(ask(...columns())).rejects.toThrow('infer: inputs lacks region');
  await expect(ask(tensor())).rejects.toThrow('infer: inputs lacks region, which says which classes a row can be one of; send it beside features, as BYTES.');
  await expect(ask(...columns(), head(['nsw', 'vic', 'qld', 'vic', 'nsw', 'vic']))).rejects.toThrow('infer: inputs.region.data[2] is "qld"; one of nsw, vic is expected');
  await expect(ask(tensor(), head([...regions.slice(1), null]))).rejects.toThrow('infer: inputs.region.data[5] is null; one of nsw, vic is expected');
  await expect(ask(tensor(), head(['nsw']))).rejects.toThrow('infer: inputs.region has 1 rows and inputs.features has 6');
});

test('the metadata name the column and the classes of each head', () => {
  const { inputs, parameters } = metadata(loaded, null) as { inputs: { name: string }[]; parameters: Record<string, unknown> };
  expect(inputs.map(({ name }) => name)).toEqual(['price', 'demand', 'region']);
  expect(parameters.heads).toEqual({ column: 'region', classes: { nsw: ['nsw down', 'nsw up'], vic: ['vic down', 'vic up'] } });
});
