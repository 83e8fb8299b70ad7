import { join } from 'node:path';
import '../../examples/strategy/champion-replay';
import { readPipeline } from '../../cli/pipeline-file';
import type { BackendFacts, Pipeline, Table } from '../../contracts';
import { pull, readSnapshot } from '../../data';
import { accuracy, labels, loadBackend, predict, strategyNames, train, type TrainingResult } from '../../learning';
import { root } from '../setup/tools';

let backend: BackendFacts;
let pipeline: Pipeline;
let table: Table;
beforeAll(async () => {
  backend = await loadBackend(['native'], { convolution: false });
  pipeline = await readPipeline(join(root(), 'examples/strategy/sea.yaml'));
  const { parquet, schema } = await pull({ pipeline, files: [pipeline.source.files], after: null, until: '2000-06-01T00:00:00Z', schema: null });
  table = await readSnapshot(parquet, schema);
});

test("the example's strategy is known under its name, learns by its pipeline, and its steps run as one graph", async () => {
  const warned = jest.spyOn(console, 'warn').mockImplementation();
  expect(strategyNames()).toContain('champion-replay');
  const period = (n: number) => ({ from: 2000 * n, to: 2000 * (n + 1) });
  const learn = (n: number, parent: TrainingResult | null) => train({ pipeline, table, range: period(n), parent: parent?.learner ?? null, backend });
  const first = await learn(0, null);
  const { learner, form, rowsTouched } = await learn(1, first);
  // Two epochs of 63 batches are too few to be worth a graph; ten epochs of the first training were enough.
  expect([first.form, form]).toEqual(['graph', 'eager']);
  expect(warned).not.toHaveBeenCalled();
  expect(rowsTouched).toBe(2 * 2 * 2000);
  expect(learner.strategy).toMatchObject({ strategy: 'champion-replay', memory: { y: { shape: [500] } } });
  const { predictions } = predict(learner.model, learner.features, table, period(2));
  // Always saying 1 is right for .58 of the rows, the best possible for .90.
  expect(accuracy(predictions, labels(learner.features, table, period(2)))).toBeGreaterThan(0.8);
  warned.mockRestore();
});

test('replayed rows pull toward what the champion says: with a heavy pull the model hardly moves', async () => {
  const with_ = (pull: number): Pipeline => ({ ...pipeline, learning: { ...pipeline.learning, strategy: { name: 'champion-replay', options: { pull } } } });
  const first = await train({ pipeline, table, range: { from: 0, to: 1000 }, parent: null, backend });
  const moved = async (pull: number): Promise<number> => {
    const { learner } = await train({ pipeline: with_(pull), table, range: { from: 1000, to: 2000 }, parent: first.learner, backend });
    const [before, after] = [first.learner, learner].map(({ model, features }) => predict(model, features, table, { from: 0, to: 500 }).probabilities);
    return before!.reduce((sum, value, i) => sum + Math.abs(value - after![i]!), 0);
  };
  expect(await moved(100)).toBeLessThan((await moved(0)) / 2);
});
