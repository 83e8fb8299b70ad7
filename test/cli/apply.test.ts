import { join } from 'node:path';
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
    expect(err).toContain('source.time is missing');
    expect(err).toContain('Unrecognized key: "tme"');
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

  test('says where a file is not YAML', async () => {
    place.file('broken.yaml', 'name: electricity\nsource: { files: a.csv\nlabel: }');
    const { code, err } = await place.continual('apply', 'broken.yaml');
    expect(code).toBe(2);
    expect(err).toMatch(/broken\.yaml is not YAML or JSON:\n.*line \d/s);
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

  test('prints an applied pipeline by its name, and lists the known names where it is unknown', async () => {
    expect((await place.continual('explain', 'electricity', '--json')).json()).toMatchObject({ pipeline: { name: 'electricity' }, defaults: expect.arrayContaining(['gates', 'learning']) });
    const { code, err } = await place.continual('explain', 'weather');
    expect(code).toBe(2);
    expect(err).toContain('continual apply <file>. Known: clouds, electricity');
  });
});
