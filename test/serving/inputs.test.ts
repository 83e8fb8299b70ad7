import { fitFeatures, type Features } from '../../learning';
import { columnsOf, readInputs } from '../../serving/inputs';
import { parseRequest } from '../../serving/protocol';

/** A version whose column `wind` was given once, and is held constant since. */
const features: Features = {
  format: 1, label: 'up', classes: ['down', 'up'], width: 3, scaler: 'running', shared: null,
  inputs: [
    { kind: 'number', column: 'price', count: 10, mean: 2, m2: 10, origin: 2, indicator: false },
    { kind: 'number', column: 'wind', count: 10, mean: 5, m2: 10, origin: 4, indicator: true, held: true },
  ],
};
const spec = { features, timeColumn: 'time' };
const column = (name: string, data: unknown[]) => ({ name, shape: [data.length], datatype: 'FP64' as const, data });

test('a column that is held constant is not asked for', () => {
  expect([...columnsOf(spec).keys()]).toEqual(['price']);
  expect([...readInputs(spec, { inputs: [column('price', [3])] } as never).values]).toEqual([1, 0, 1]);
});

test('it may be sent all the same, and is not read', () => {
  expect([...readInputs(spec, { inputs: [column('price', [3]), column('wind', [70])] } as never).values]).toEqual([1, 0, 1]);
});

test('what the model never knew is refused as before', () => {
  expect(() => readInputs(spec, { inputs: [column('price', [3]), column('rain', [1])] } as never)).toThrow('"rain", which is no column of the model. It takes price');
});

describe('values mean what they mean where training data are pulled', () => {
  const day = Date.UTC(2024, 4, 1);
  const two = Int32Array.of(0, 1, 0, 1);
  const learned = fitFeatures({ label: 'up', head: 'task', exclude: [], cycles: ['day', 'week'], scaler: 'running' }, {
    rows: 4, time: Float64Array.of(day, day, day, day),
    columns: {
      region: { kind: 'category', levels: ['1', 'old town'], codes: two },
      task: { kind: 'category', levels: ['1', 'two'], codes: Int32Array.of(0, 0, 1, 1) },
      up: { kind: 'category', levels: ['a', 'b', 'c', 'd'], codes: Int32Array.of(0, 1, 2, 3) },
    },
  });
  const read = (region: unknown, task: unknown, time: unknown) => {
    const inputs = Object.entries({ region, task, time }).map(([name, value]) => ({ name, datatype: 'BYTES', shape: [1], data: [value] }));
    const { values, heads } = readInputs({ features: learned, timeColumn: 'time' }, { inputs } as never);
    return { values: [...values], heads: [...heads!] };
  };
  const midnight = '2024-05-01T00:00:00Z';
  const morning = '2024-05-01T08:00:00Z';

  test.each([
    [' old town ', 'old town'], ['1.0', '1'], [' 1.000 ', '1'], [1, '1'], ['', null], ['   ', null], ['1.5', 'never seen'], ['\told town', 'never seen'],
  ])('%j is the category %j', (sent, meant) => {
    expect(read(sent, '1', midnight)).toEqual(read(meant, '1', midnight));
    expect(read('old town', '1', midnight)).not.toEqual(read('1', '1', midnight));
  });

  test.each([[' 1.0', 0], [1, 0], [' two ', 1]])('%j is the head %i', (sent, head) => expect(read('1', sent, midnight).heads).toEqual([head]));

  test('an empty head is none', () => expect(() => read('1', '', midnight)).toThrow('infer: inputs.task.data[0] is ""; one of 1, two is expected'));

  test.each([
    [20240501, midnight], ['20240501', midnight], ['2024-05-01', midnight], [20240501080000, morning], ['20240501080000', morning], [' 2024-05-01 08:00 ', morning],
    ['2024-05-01T10:00:00+02', morning], ['2024-05-01T10:00+02:00', morning], ['2024-05-01T02:30:00.000-0530', morning], [day / 1000, midnight], [day + 8 * 3_600_000, morning],
  ])('%j is the time %s', (sent, meant) => expect(read('1', '1', sent)).toEqual(read('1', '1', meant)));

  test.each(['2024-02-30', '20240230', 20240230, '20241301080000', 20240501250000, '2024-05-01T25:00', '2024-05-01T08', '05/01/2024', '', '1714550400', true])('%j is no time', (sent) =>
    expect(() => read('1', '1', sent)).toThrow(`infer: inputs.time.data[0] is ${JSON.stringify(sent)}; a time such as`));
});

test('spaces of any script around a category do not count, as where training data are pulled', () => {
  const levels = ['north', '東京'];
  const towns = fitFeatures({ label: 'up', exclude: [], cycles: [], scaler: 'running' }, {
    rows: 2, time: Float64Array.of(0, 1),
    columns: { town: { kind: 'category', levels, codes: Int32Array.of(0, 1) }, up: { kind: 'category', levels: ['a', 'b'], codes: Int32Array.of(0, 1) } },
  });
  const sent = { name: 'town', shape: [4], datatype: 'BYTES', data: ['\u00a0north ', '\u3000東京', '\tnorth', ' '] };
  const { values } = readInputs({ features: towns, timeColumn: 'time' }, { inputs: [sent] } as never);
  expect([...values]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1]);
});

test.each<[string, Partial<Features>]>([
  ['become too many numbers', { width: 2 ** 20 }],
  ['get too many probabilities', { classes: Array.from({ length: 2 ** 20 }, String) }],
  ['get labels of too many letters', { classes: ['a'.repeat(2 ** 20), 'b'] }],
])('rows that %s at once are refused before they are encoded', (_, large) => {
  expect(() => readInputs({ features: { ...features, ...large }, timeColumn: 'time' }, { inputs: [column('price', Array<number>(17).fill(1))] } as never)).toThrow(/^infer: 17 rows are too many for one request, .*; send 16 rows at a time\.$/);
});

test('an output that is named twice is refused like an input', () => {
  const inputs = [column('price', [1])];
  expect(() => parseRequest({ inputs, outputs: [{ name: 'label' }, { name: 'label' }] })).toThrow('infer: outputs names "label" twice; name each once.');
  expect(() => parseRequest({ inputs: [...inputs, ...inputs] })).toThrow('infer: inputs names "price" twice; name each once.');
});
