import { evidence } from '../../reports';
import type { AuditEntry, RunResult } from '../../contracts';
import { queue, World } from '../lifecycle/world';
import { hostile } from '../reports/hostile';
import { startChromium } from '../setup/chromium';
import { TemporalUi } from './temporal-ui';

jest.setTimeout(120_000);

let world: World;
let browser: Awaited<ReturnType<typeof startChromium>>;
let ui: TemporalUi;
beforeAll(async () => {
  [world, browser] = await Promise.all([World.start(), startChromium()]);
  browser.context.setDefaultTimeout(60_000);
  ui = new TemporalUi(await browser.context.newPage(), world.server.uiAddress);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await world?.stop();
});

/** A pipeline with 600 rows that asks a person about every challenger. */
async function asks(name: string): Promise<void> {
  await world.define(name, { approval: { when: 'always' } });
  world.write(name, 0, 600);
}
const result = (id: string): Promise<RunResult> => world.client.workflow.getHandle(id).result() as Promise<RunResult>;
const waiting = async (id: string): Promise<string> => (await world.phase(world.client.workflow.getHandle(id), 'awaiting-approval')).candidate!;

describe('the start form', () => {
  test('starts a run from one JSON object, and the run completes', async () => {
    await world.define('calm');
    world.write('calm', 0, 600);
    await ui.start('retrain', 'calm-1', queue, '{"pipeline": "calm"}');
    expect(await result('calm-1')).toMatchObject({ outcome: 'promoted', candidate: '1.1.0', approvedBy: 'policy' });
    expect(await ui.ended('calm-1', 'Completed')).toContain('promoted');
  });

  test('an empty input ends the run at once with a message that shows a valid one', async () => {
    await ui.start('retrain', 'empty', queue, '');
    const shown = await ui.ended('empty', 'Failed');
    expect(shown).toContain('retrain: pipeline is missing');
    expect(shown).toContain('A valid example: {\\"pipeline\\":\\"electricity\\"}');
  });
});

describe('the evidence', () => {
  test('stands on the page of the run, with its tables and commands', async () => {
    await asks('shown');
    await ui.start('retrain', 'shown-1', queue, '{"pipeline": "shown"}');
    const candidate = await waiting('shown-1');
    const details = await ui.details('shown-1', `shown: your decision on ${candidate}`);
    expect(await details.getByRole('heading').allInnerTexts()).toContain('Gates: pass');
    expect(await details.getByRole('row', { name: /fresh rows/ }).getByRole('cell').count()).toBe(6);
    expect(await details.locator('pre').allInnerTexts()).toEqual([
      expect.stringContaining(`continual approve shown ${candidate} --reason`),
      expect.stringContaining(`{"candidate":"${candidate}"`),
    ]);
  });

  test('shows names that look like markup as what they are', async () => {
    const page = await ui.render(evidence(hostile));
    expect(await page.innerText()).toContain('<img src=x onerror=alert(1)>');
    expect(await page.innerText()).not.toMatch(/&#\d+;/);
    expect(await page.getByRole('row').count()).toBe(5 + 5 + 7 + 2);
    expect(await page.locator('img, script, a, strong:text-is("bold"), code:text-is("c")').count()).toBe(0);
  });

  test('leaves a gap between the columns of a table', async () => {
    const page = await ui.render(evidence(hostile));
    const gap = await page.getByRole('row', { name: 'Champion Challenger' }).evaluate((row) => {
      const [left, right] = [...row.children].filter((cell) => /^Cha/.test(cell.textContent)).map((cell) => {
        const letters = row.ownerDocument.createRange();
        letters.setStart(cell.firstChild, 0);
        letters.setEnd(cell.firstChild, cell.textContent.trim().length);
        return letters.getBoundingClientRect();
      });
      return right.left - left.right;
    });
    expect(gap).toBeGreaterThan(4);
  });
});

describe('a decision', () => {
  test('by the Signal approve, picked from the list, promotes the candidate', async () => {
    await asks('signalled');
    await ui.start('retrain', 'signalled-1', queue, '{"pipeline": "signalled"}');
    const candidate = await waiting('signalled-1');
    const description = await ui.signal('signalled-1', 'approve', JSON.stringify({ candidate, reason: 'seen', by: 'ada' }));
    expect(description).toContain('Approve the candidate: {"candidate":"1.1.4"');
    expect(await result('signalled-1')).toMatchObject({ outcome: 'promoted', candidate, approvedBy: 'ada' });
    expect((await world.registry.champion('signalled'))?.to).toBe(candidate);
  });

  test('that is empty, malformed or misdirected does the run no harm and is kept', async () => {
    await asks('careful');
    await ui.start('retrain', 'careful-1', queue, '{"pipeline": "careful"}');
    const candidate = await waiting('careful-1');
    await ui.signal('careful-1', 'approve', '');
    await ui.signal('careful-1', 'approve', '{"candidate": 7}');
    await ui.signal('careful-1', 'approve', '{"candidate": "9.9.9"}');
    const trail = await ui.query<AuditEntry[]>('careful-1', 'approvals', '9.9.9');
    expect(trail.map(({ decision, accepted }) => [decision, accepted])).toEqual([['malformed', false], ['malformed', false], ['approve', false]]);
    expect(trail[0]!.answer).toContain('candidate is missing');
    expect(trail[1]!.answer).toContain('candidate is 7');
    expect(trail[2]!.answer).toBe(`refused: this run waits for a decision on ${candidate}, not on 9.9.9`);
    const details = await ui.details('careful-1', 'Decisions');
    expect(await details.getByRole('row', { name: /9\.9\.9/ }).count()).toBe(1);
    await ui.signal('careful-1', 'reject', JSON.stringify({ candidate, reason: 'not yet' }));
    expect(await result('careful-1')).toMatchObject({ outcome: 'rejected', because: 'rejected by unnamed: not yet' });
  });

  test('by the Update decide is refused in words while it is malformed, and answered once it counts', async () => {
    await asks('updated');
    await ui.start('retrain', 'updated-1', queue, '{"pipeline": "updated"}');
    const candidate = await waiting('updated-1');
    await ui.update('updated-1', 'decide', '{"decision": "approve"}', (form) => form.getByRole('paragraph').getByText('decide: candidate is missing').waitFor());
    const decision = JSON.stringify({ decision: 'approve', candidate, by: 'ada' });
    const description = await ui.update('updated-1', 'decide', decision, async () => {
      expect(await result('updated-1')).toMatchObject({ outcome: 'promoted', approvedBy: 'ada' });
    });
    expect(description).toContain('Approve or reject the candidate');
  });
});
