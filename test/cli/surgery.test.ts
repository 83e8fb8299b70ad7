import type { PlannedSurgery } from '../../cli/surgery-plan';
import { csv, withColumn } from '../lifecycle/rows';
import { firstChampion } from './champion';
import { Workplace } from './support';

jest.setTimeout(60_000);
const place = new Workplace();
const yaml = (model: string, more = ''): string => `name: market
source: { files: "rows-*.csv", time: time }
label: { column: label }
features: { cycles: [] }
model: ${model}
learning: { scratchEpochs: 2 }
${more}`;

beforeAll(async () => {
  place.file('rows-1.csv', csv(0, 300));
  place.file('market.yaml', yaml('{ mlp: [8] }'));
  await place.continual('apply', 'market.yaml');
});
afterAll(() => place.remove());

describe('continual surgery plan', () => {
  test('without a champion there is nothing to operate on', async () => {
    const { code, err } = await place.continual('surgery', 'plan', 'market');
    expect(code).toBe(2);
    expect(err).toContain('market has no champion yet, so there is nothing to operate on; start a first run with: continual start market');
  });

  test('says where all fits', async () => {
    await firstChampion(place.registry, 'market');
    const { code, out } = await place.continual('surgery', 'plan', 'market');
    expect(code).toBe(0);
    expect(out).toBe('market: champion 1.1.0, its own rows (0 new ones, a run waits for 200)\nall fits: a run with at least 200 new rows needs no surgery\n');
  });

  test('prints what the pipeline that is being edited would do to the champion, and writes nothing', async () => {
    const before = await place.registry.store.list('');
    const { code, out } = await place.continual('surgery', 'plan', place.file('wider.yaml', yaml('{ mlp: [24] }')));
    expect(code).toBe(0);
    expect(out).toContain('Because: another network');
    expect(out).toMatch(/hidden1\/kernel +\[3, 8\] +\[3, 24\] +widened/);
    expect(out).toMatch(/tried on 240 rows: largest difference of a logit [\d.e+-]+, equal decisions on 100\.0 %/);
    expect(out).toContain('\na run with at least 200 new rows does this, trains on, and waits for a person before it promotes (surgery.approval: always)\n');
    expect(await place.registry.store.list('')).toEqual(before);
  });

  test('looks at the rows that came after the champion: as JSON for scripts', async () => {
    place.file('rows-2.csv', withColumn(csv(300, 500), 'wind', (index) => index % 7));
    const before = await place.registry.store.list('');
    const answer = (await place.continual('surgery', 'plan', 'market', '--json')).json<{ surgery: { plan: { kept: number; preserved: boolean; variables: object[] }; check: object } }>();
    expect(answer).toMatchObject({
      pipeline: 'market', champion: '1.1.0', newRows: 200, because: ['wind is a new column'],
      surgery: { transfer: 'weights', plan: { kept: 1, preserved: true, changes: { columns: { added: ['wind'] } } }, check: { rows: 160, agreement: 1 } },
    });
    expect(answer).not.toHaveProperty('text');
    expect(await place.registry.store.list('')).toEqual(before);
  });

  test('a pipeline that trains a new model each time is told so', async () => {
    const { out } = await place.continual('surgery', 'plan', place.file('joint.yaml', yaml('{ mlp: [24] }').replace('learning: {', 'learning: { strategy: joint,')));
    expect(out).toContain('no surgery: the next run trains from scratch');
  });

  test('where no weights go over, says what the new model learns from', async () => {
    const { out } = await place.continual('surgery', 'plan', place.file('distil.yaml', yaml('{ mlp: [24] }', 'surgery: { transfer: distil, approval: with-gates }')));
    expect(out).toContain('no weights go over: a new model learns from the rows, and from what the champion says of them');
    expect(out).toContain('goes by the gates');
    const { surgery } = (await place.continual('surgery', 'plan', 'distil.yaml', '--json')).json<PlannedSurgery>();
    expect(surgery).toMatchObject({ transfer: 'distil', check: null, plan: { kept: 0, preserved: false, variables: [], changes: { model: true } } });
  });
});
