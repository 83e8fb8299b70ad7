import { join } from 'node:path';
import { csv, timeOf, withColumn } from './rows';
import { startWorld, world } from './world';

startWorld();

test('rows of the future, far or of an hour ahead, are set aside, so that the cursor stays with the rows that are there', async () => {
  await world.define('ahead');
  world.write('ahead', 0, 300);
  world.put('ahead', 1, csv(0, 1).replace(/^\d{4}/m, '2999'));
  world.put('ahead', 2, csv(0, 1).replace(timeOf(0), new Date(Date.now() + 3_600_000).toISOString()));
  const first = await world.begin('retrain', { pipeline: 'ahead' });
  expect(await first.result()).toMatchObject({ outcome: 'promoted', newRows: 300 });
  expect(await first.query<string>('evidence')).toContain('2 set aside: time: in the future (2)');
  world.write('ahead', 300, 600);
  expect(await world.run('ahead')).toMatchObject({ outcome: 'promoted', newRows: 300 });
});

test('of rows too few to learn from no schema is held: among more of them a column may be something else', async () => {
  await world.define('few');
  world.put('few', 0, withColumn(csv(0, 3), 'code', (index) => index));
  expect(await world.run('few')).toMatchObject({ outcome: 'skipped' });
  expect(await world.registry.schema('few')).toBeNull();
  world.put('few', 1, withColumn(csv(3, 300), 'code', (index) => (index % 2 === 0 ? index : `A${index % 5}`)));
  expect(await world.run('few')).toMatchObject({ outcome: 'promoted', newRows: 300 });
  expect((await world.registry.schema('few'))!.columns).toContainEqual({ name: 'code', kind: 'category' });
});

test('a pipeline whose rows may come late leaves the newest ones to the next run', async () => {
  const hours = (Date.now() - Date.parse(timeOf(0))) / 3_600_000;
  // Row 200 is the first of the last hundred hours.
  await world.define('late', { source: { files: join(world.folder, 'late', '*.csv'), time: 'time', lateness: `${Math.ceil((hours - 200) * 60)}m` } });
  world.write('late', 0, 300);
  expect(await world.run('late')).toMatchObject({ outcome: 'promoted', newRows: 200 });
});

test('until leaves out the rows from that time on, and the next run takes them', async () => {
  await world.define('until');
  world.write('until', 0, 600);
  expect(await world.run('until', { until: timeOf(300) })).toMatchObject({ outcome: 'promoted', newRows: 300 });
  expect((await world.registry.manifest('until', '1.1.0')).manifest.cursor).toBe(timeOf(299));
  expect(await world.run('until', { until: timeOf(300) })).toMatchObject({ outcome: 'skipped', newRows: 0 });
  expect(await world.run('until')).toMatchObject({ outcome: 'promoted', candidate: '1.1.1', newRows: 300 });
});
