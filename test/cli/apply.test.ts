import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pull } from '../../data';
import { firstPipeline, Workplace } from './support';

const place = new Workplace();
afterAll(() => place.remove());

describe('continual apply', () => {
  test('keeps a pipeline once, and says so when nothing has changed', async () => {
    const file = place.file('pipeline.yaml', firstPipeline);
    const first = await place.continual('apply', file, '--json');
    expect(first.code).toBe(0);
    expect(first.json()).toMatchObject({ pipeline: 'electricity', revision: 1, changed: true, next: ['continual start electricity'] });
    const again = await place.continual('apply', file);
    expect(again.out).toContain('electricity: unchanged, revision 1');

    place.file('pipeline.yaml', `${firstPipeline}schedule: { cron: "0 6 * * MON" }\n`);
    const changed = await place.continual('apply', file, '--json');
    expect(changed.json()).toMatchObject({ revision: 2, changed: true, next: ['continual schedule apply electricity', 'continual start electricity'] });
  });

  test("takes a relative source from the file's own folder, and leaves S3 addresses alone", async () => {
    await place.continual('apply', 'pipeline.yaml');
    expect((await place.registry.pipeline('electricity')).pipeline.source.files).toBe(join(place.folder, 'elec2.csv.gz'));
    place.file('s3.json', JSON.stringify({ name: 'clouds', source: { files: 's3://raw/clouds', time: 't' }, label: { column: 'y' }, model: { mlp: [4] } }));
    expect((await place.continual('apply', 's3.json')).code).toBe(0);
    expect((await place.registry.pipeline('clouds')).pipeline.source.files).toBe('s3://raw/clouds');
  });

  test('names every problem of a file at once, with its field, its value, what is expected and a valid example', async () => {
    place.file('bad.yaml', 'name: Electricity\nsource: { files: a.csv, tme: time }\nlabel: { column: up }\nmodel: { mlp: "64" }\ngates: { margin: 7 }\napproval: { deadline: 2 days }\n');
    const { code, err, out } = await place.continual('apply', 'bad.yaml');
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('has 6 problems');
    expect(err).toContain('name is "Electricity": lower-case letters');
    expect(err).toContain('source.time is missing: a text such as time');
    expect(err).toContain('source.tme: no such field; known here: files, format, time, types');
    expect(err).toContain('model.mlp is "64"');
    expect(err).toContain('gates.margin is 7');
    expect(err).toContain('approval.deadline is "2 days": a number and a unit');
    expect(err).toContain('A valid example:\n  name: electricity');
    expect(err).not.toMatch(/^\s+at /m);
    expect((await place.registry.pipelines()).sort()).toEqual(['clouds', 'electricity']);
  });

  test('shows all forms of a model where what stands there is none of them', async () => {
    place.file('model.yaml', firstPipeline.replace('{ mlp: [64, 32] }', 'transformer'));
    expect((await place.continual('apply', 'model.yaml')).err).toContain('model is "transformer": one of { mlp: [64, 32] }');
  });

  test('says of each unknown field what is known there, and of a missing one what it would be', async () => {
    place.file('slips.yaml', 'lerning: { epochs: 2 }\nsource: { files: a.csv, time: time }\nlabel: {}\nmodel: { mlp: [64], dropoutt: 0.1 }\ngates: { margin: 0.1, marign: 0.1, sweets: 3 }\n');
    const { code, err } = await place.continual('apply', 'slips.yaml');
    expect(code).toBe(2);
    expect(err.split('\n').slice(1, 7).map((line) => line.trim())).toEqual([
      'name is missing: a text such as electricity',
      'label.column is missing: a text such as up',
      'model.dropoutt: no such field; known here: mlp, activation, dropout',
      'gates.marign: no such field; known here: metric, margin, better, holdout, confidence, forgetting, suites, minimumRows',
      'gates.sweets: no such field; known here: metric, margin, better, holdout, confidence, forgetting, suites, minimumRows',
      'lerning: no such field; known here: name, source, label, features, model, learning, retrain, gates, approval, surgery, schedule, training',
    ]);
    expect(err).not.toContain('approval:');
  });

  test('says in words which values are taken', async () => {
    place.file('values.yaml', `${firstPipeline}learning: { optimizer: sdg, epochs: 1.5, rate: 0, strategy: 5 }\ngates: { holdout: 1 }\nretrain: { on: [] }\n`);
    const { err } = await place.continual('apply', 'values.yaml');
    expect(err).toContain('learning.optimizer is "sdg": one of adam, sgd, momentum, rmsprop, adagrad');
    expect(err).toContain('learning.epochs is 1.5: a whole number');
    expect(err).toContain('learning.rate is 0: more than 0');
    expect(err).toContain('learning.strategy is 5: a name such as replay, or { name: replay, memory: 1000 }');
    expect(err).toContain('gates.holdout is 1: less than 1');
    expect(err).toContain('retrain.on is []: at least 1 entry');
    place.file('values.yaml', `${firstPipeline}approval: { deadline: 3600 }\n`);
    expect((await place.continual('apply', 'values.yaml')).err).toContain('approval.deadline is 3600: a number and a unit, such as 90s, 15m, 12h, 2d or 4w');
  });

  test('refuses an option that a built-in strategy does not have, or a value that it does not take', async () => {
    place.file('option.yaml', `${firstPipeline}learning: { strategy: { name: replay, memmory: 5 } }\n`);
    const misspelt = await place.continual('apply', 'option.yaml');
    expect(misspelt.code).toBe(2);
    expect(misspelt.err).toContain('learning.strategy replay: memmory: no such field; known here: memory, sampling, insert, balance, repeats');
    place.file('option.yaml', `${firstPipeline}learning: { strategy: { name: replay, memory: 0 } }\n`);
    expect((await place.continual('apply', 'option.yaml')).err).toContain('learning.strategy replay: memory is 0: at least 1');
  });

  test('takes a strategy that is not built in, and warns that a worker must load it', async () => {
    place.file('own.yaml', firstPipeline.replace('name: electricity', 'name: own') + 'learning: { strategy: { name: replayy, anything: 1 } }\n');
    const { code, err, out } = await place.continual('apply', 'own.yaml', '--store', `file://${join(place.folder, 'other-store')}`);
    expect(code).toBe(0);
    expect(out).toContain('own: revision 1 applied');
    expect(err).toMatch(/^learning\.strategy is replayy, which is not built in; known are a-gem, .*; a worker must load it with --module\n$/);
  });

  test('says where a file is not YAML', async () => {
    place.file('broken.yaml', 'name: electricity\nsource: { files: a.csv\nlabel: }');
    const { code, err } = await place.continual('apply', 'broken.yaml');
    expect(code).toBe(2);
    expect(err).toMatch(/broken\.yaml is not YAML or JSON:\n.*line \d/s);
  });

  test('says of a glob that begins with a star that it must stand in quotes', async () => {
    place.file('star.yaml', firstPipeline.replace('elec2.csv.gz', '*.csv'));
    const { code, err, json } = await place.continual('apply', 'star.yaml', '--json');
    expect(code).toBe(2);
    expect(err).toContain('star.yaml is not YAML or JSON: ');
    expect(err).toContain('a value that begins with * must stand in quotes, such as "*.csv"\n');
    expect(json()).toMatchObject({ error: { type: 'InvalidInput' } });
  });

  test('refuses options of a strategy that are no fields', async () => {
    place.file('option.yaml', `${firstPipeline}learning: { strategy: { name: replay, options: 5 } }\n`);
    const { code, err } = await place.continual('apply', 'option.yaml');
    expect(code).toBe(2);
    expect(err).toContain('learning.strategy.options is 5: fields');
  });

  test("takes stars and brackets in a folder's own name as they are", async () => {
    const folder = join(place.folder, 'models [v1]*?');
    mkdirSync(folder);
    for (const name of ['a.csv', 'b.csv']) writeFileSync(join(folder, name), `time,x,up\n2024-05-01,${name},yes\n`);
    for (const [files, rows] of [['a.csv', 1], ['"[ab].csv"', 2], ['"*.csv"', 2]] as const) {
      writeFileSync(join(folder, 'pipeline.yaml'), firstPipeline.replace('name: electricity', 'name: brackets').replace('elec2.csv.gz', files));
      expect((await place.continual('apply', join(folder, 'pipeline.yaml'))).code).toBe(0);
      const { pipeline } = await place.registry.pipeline('brackets');
      expect(await pull({ pipeline, files: [pipeline.source.files], after: null, until: null, schema: null })).toMatchObject({ rows });
    }
  });

  test('says that a file is not there, as a JSON document where one is asked for', async () => {
    const { code, json } = await place.continual('apply', 'nowhere.yaml', '--json');
    expect(code).toBe(2);
    expect(json()).toMatchObject({ error: { type: 'InvalidInput', message: expect.stringContaining('nowhere.yaml') } });
  });
});

describe('continual explain', () => {
  test('prints a file with all defaults, marked as such', async () => {
    place.file('explained.yaml', `${firstPipeline}gates: { margin: 0.05 }\nlearning: { strategy: fine-tune }\n`);
    const { code, out } = await place.continual('explain', 'explained.yaml');
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}margin: 0.05$/m);
    expect(out).toMatch(/^ {2}holdout: 0.2 # default$/m);
    expect(out).toMatch(/^ {4}name: fine-tune$/m);
    expect(out).toMatch(/^ {2}cycles: \[ day, week \] # default$/m);
    place.file('explained-again.yaml', out);
    expect((await place.continual('explain', 'explained-again.yaml')).out).toBe(out);
  });

  test("is not misled by a folder of the pipeline's name", async () => {
    mkdirSync(join(place.folder, 'electricity'));
    expect((await place.continual('explain', 'electricity', '--json')).json()).toMatchObject({ pipeline: { name: 'electricity' } });
  });

  test('prints an applied pipeline by its name, and lists the known names where it is unknown', async () => {
    expect((await place.continual('explain', 'electricity', '--json')).json()).toMatchObject({ pipeline: { name: 'electricity' }, defaults: expect.arrayContaining(['gates', 'learning']) });
    const { code, err } = await place.continual('explain', 'weather');
    expect(code).toBe(2);
    expect(err).toContain('continual apply <file>. Known: brackets, clouds, electricity');
  });
});
