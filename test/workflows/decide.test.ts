import { pipelineSchema } from '../../contracts';
import type { PipelineInput } from '../../contracts';
import { decide } from '../../workflows/decide';

const pipeline = (extra: Partial<PipelineInput> = {}) =>
  pipelineSchema.parse({ name: 'p', source: { files: '/x.csv', time: 't' }, label: { column: 'y' }, model: { mlp: [4] }, ...extra });
const rows = (count: number) => ({ rows: count, last: null, read: count, quarantined: {} });
const champion = (version = '1.1.3') => ({ version, cursor: '2020-01-01T00:00:00.000Z' });
const calm = { fired: false, because: ['nothing moved'] };
const drift = { fired: true, because: ['the error rate rose by 20 points'] };

const misfit = (anew = false) => ({ ...calm, shape: { because: ['wind is a new column'], model: false, anew } });

const table: [string, Parameters<typeof decide>[0], ReturnType<typeof decide>['action'], RegExp][] = [
  ['without new rows nothing is trained', { pipeline: pipeline(), snapshot: rows(0), champion: champion(), drift: null }, 'skip', /no new rows since 2020/],
  ['an empty source is said to be empty', { pipeline: pipeline(), snapshot: rows(0), champion: null, drift: null }, 'skip', /no rows yet/],
  ['where all rows were set aside, that is said and why', { pipeline: pipeline(), snapshot: { ...rows(0), read: 3, quarantined: { 'time: not a time': 2, 'label: missing': 1 } }, champion: null, drift: null }, 'skip', /^none of the 3 rows read can be used: time: not a time \(2\), label: missing \(1\)$/],
  ['too few rows wait for the next run', { pipeline: pipeline(), snapshot: rows(199), champion: champion(), drift: null }, 'skip', /199 new rows, fewer than the 200/],
  ['the first version is trained from scratch', { pipeline: pipeline(), snapshot: rows(200), champion: null, drift: null }, 'stateless', /no champion yet/],
  ['new rows continue from the champion', { pipeline: pipeline(), snapshot: rows(200), champion: champion(), drift: calm }, 'stateful', /^200 new rows$/],
  ['drift is named as the reason', { pipeline: pipeline(), snapshot: rows(200), champion: champion(), drift }, 'stateful', /^drift: the error rate rose/],
  ['a stateless pipeline trains from scratch', { pipeline: pipeline({ learning: { mode: 'stateless' } }), snapshot: rows(200), champion: champion(), drift: calm }, 'stateless', /each time/],
  ['after the twelfth update it starts from scratch', { pipeline: pipeline({ retrain: { stateless: 'every 12 updates' } }), snapshot: rows(200), champion: champion('1.1.12'), drift: calm }, 'stateless', /after 12 updates/],
  ['refused challengers use up numbers, but are no updates', { pipeline: pipeline({ retrain: { stateless: 'every 12 updates' } }), snapshot: rows(200), champion: { ...champion('1.1.12'), updates: 1 }, drift: calm }, 'stateful', /new rows/],
  ['the eleventh update is followed by a twelfth', { pipeline: pipeline({ retrain: { stateless: 'every 12 updates' } }), snapshot: rows(200), champion: champion('1.1.11'), drift: calm }, 'stateful', /new rows/],
  ['a pipeline that waits for drift skips without it', { pipeline: pipeline({ retrain: { on: ['drift'] } }), snapshot: rows(200), champion: champion(), drift: calm }, 'skip', /no drift/],
  ['a pipeline that waits for drift trains with it', { pipeline: pipeline({ retrain: { on: ['drift'] } }), snapshot: rows(200), champion: champion(), drift }, 'stateful', /drift/],
  ['what no longer fits the champion is mended by a surgery', { pipeline: pipeline(), snapshot: rows(200), champion: champion(), drift: misfit() }, 'surgery', /^wind is a new column$/],
  ['a surgery waits for no drift', { pipeline: pipeline({ retrain: { on: ['drift'] } }), snapshot: rows(200), champion: champion(), drift: misfit() }, 'surgery', /wind/],
  ['a surgery comes before a training from scratch that is due', { pipeline: pipeline({ retrain: { stateless: 'every 12 updates' } }), snapshot: rows(200), champion: champion('1.1.12'), drift: misfit() }, 'surgery', /wind/],
  ['a stateless pipeline needs no surgery', { pipeline: pipeline({ learning: { mode: 'stateless' } }), snapshot: rows(200), champion: champion(), drift: misfit() }, 'stateless', /wind.*from scratch each time/],
  ['a strategy that begins anew needs none either', { pipeline: pipeline({ learning: { strategy: 'joint' } }), snapshot: rows(200), champion: champion(), drift: misfit(true) }, 'stateless', /joint begins with a new model/],
  ['too few rows wait, whatever they bring', { pipeline: pipeline(), snapshot: rows(199), champion: champion(), drift: misfit() }, 'skip', /fewer than/],
];

test.each(table)('%s', (_, circumstances, action, because) => {
  const decision = decide(circumstances);
  expect(decision.action).toBe(action);
  expect(decision.because).toMatch(because);
});
