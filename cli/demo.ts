import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Figures } from './demo/policies';
import { drawAccuracy, drawForgetting, driftLines, forgettingLines, policiesTable, runsTable, verdictLines } from './demo/results';
import { portsNear, setStage, type Stage } from './demo/stage';
import { live, shellCommand } from './demo/story';

const help = `A model lives through the New South Wales electricity market, 1996 to 1998.

  npm run demo               asks you for the approval after the market's change
  npm run demo -- --yes      approves by itself, through the same public command
  npm run demo -- --keep     leaves everything running to play with, until Ctrl-C
`;
const root = join(__dirname, '..', '..');
const folder = join(root, '.continual', 'demo');
const say = (line = '') => console.log(line);

async function demo(): Promise<void> {
  const { values } = parseArgs({ options: { yes: { type: 'boolean' }, keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help) return say(help);
  const began = Date.now();
  const interactive = !values.yes && Boolean(process.stdin.isTTY && process.stdout.isTTY);
  const stage = await setStage(folder);
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  try {
    await Promise.race([tell(stage, interactive), interrupted.then(() => Promise.reject(new Error('interrupted')))]);
    say(`\nDone in ${((Date.now() - began) / 1000).toFixed(0)} s.`);
    if (values.keep) {
      say(`\nEverything goes on running: Temporal's UI ${stage.server.uiUrl}. Try:`);
      say(`  ${shellCommand(stage, ['versions', 'electricity'])}`);
      say(`  ${shellCommand(stage, ['rollback', 'electricity', '--reason', 'to see it'])}`);
      say('Ctrl-C ends it.');
      await interrupted;
    }
  } finally {
    await stage.stop();
  }
}

async function tell(stage: Stage, interactive: boolean): Promise<void> {
  say(`Temporal's UI   ${stage.server.uiUrl}`);
  say(`Store           ${stage.store}`);
  say();
  say(await stage.command('apply', join(root, 'examples', 'electricity', 'electricity.yaml')));
  say('\n  rows until  version mode      outcome       new rows  time   why');
  const policies = otherPolicies(stage);
  const chapters = await live(stage, interactive, say, ({ period }) => {
    if (period === 0) policies.begin();
  });
  const figures = await policies.finish(chapters.map(({ result }) => result.champion!));

  say(`\n${runsTable(chapters)}`);
  driftLines(chapters).forEach(say);
  say(`\nAccuracy over ${chapters.length - 1} periods of four weeks, each judged before it was trained on:\n\n${policiesTable(figures)}`);
  verdictLines(figures).forEach(say);
  say();
  forgettingLines(figures).forEach(say);
  say(`\nThe pictures: ${drawAccuracy(folder, chapters, figures)}`);
  say(`              ${drawForgetting(folder, figures)}`);
  await predictOverHttp(stage);
}

/** The other policies are worked out beside the lifecycle, on the processor's idle time. */
function otherPolicies({ store }: Stage) {
  const child = fork(join(__dirname, 'demo', 'policies.js'), {
    env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '0', TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  setPriority(child.pid!, 10);
  const answer = once(child, 'message') as Promise<[{ figures: Figures } | { error: string }]>;
  return {
    begin: () => child.send({ kind: 'first', pipeline: 'electricity', store }),
    async finish(champions: string[]): Promise<Figures> {
      child.send({ kind: 'served', champions });
      const [result] = await answer;
      if ('error' in result) throw new Error(result.error);
      return result.figures;
    },
  };
}

async function predictOverHttp(stage: Stage): Promise<void> {
  const [port] = await portsNear(8080, 0);
  await stage.start(/http:/, 'serve', 'electricity', '--port', String(port));
  const row = { time: '1998-12-07T17:30:00Z', nsw_price: 0.05, nsw_demand: 0.55, vic_price: 0.003, vic_demand: 0.42, transfer: 0.41 };
  const inputs = Object.entries(row).map(([name, value]) => ({ name, shape: [1], datatype: typeof value === 'string' ? 'BYTES' : 'FP64', data: [value] }));
  const url = `http://127.0.0.1:${port}/v2/models/electricity/infer`;
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ inputs }) });
  say(`\nA prediction from the champion, over HTTP (POST ${url}):`);
  say(`  ${JSON.stringify(row)}`);
  say(`  → ${JSON.stringify(await response.json())}`);
}

demo().catch((error: unknown) => {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
