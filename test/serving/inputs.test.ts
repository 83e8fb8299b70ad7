import type { Features } from '../../learning';
import { columnsOf, readInputs } from '../../serving/inputs';

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
