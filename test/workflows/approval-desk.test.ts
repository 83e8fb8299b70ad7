import type { Decision } from '../../contracts';
import { ApprovalDesk } from '../../workflows/approval-desk';

const digest = 'a'.repeat(64);
const at = '2026-01-01T00:00:00.000Z';
const decision = (change: Partial<Decision> = {}): Decision => ({ decision: 'approve', candidate: '1.1.4', by: 'ada', reason: '', retire: [], ...change });
const open = () => {
  const desk = new ApprovalDesk();
  desk.open({ candidate: '1.1.4', digest, because: [], since: at, deadline: at });
  return desk;
};

test('an approval of the candidate counts', () => {
  const desk = open();
  expect(desk.take(decision(), 'update', at)).toEqual({ accepted: true, answer: 'approved 1.1.4' });
  expect(desk.decision?.by).toBe('ada');
});
test('a rejection counts too', () => expect(open().take(decision({ decision: 'reject' }), 'update', at).answer).toBe('rejected 1.1.4'));
test('an approval for another candidate is refused and kept in the audit trail', () => {
  const desk = open();
  expect(desk.take(decision({ candidate: '1.1.3' }), 'signal', at).accepted).toBe(false);
  expect(desk.settled).toBe(false);
  expect(desk.trail).toEqual([expect.objectContaining({ candidate: '1.1.3', accepted: false, answer: expect.stringContaining('waits for a decision on 1.1.4') as string })]);
});
test('a digest that does not agree is refused', () => expect(open().take(decision({ digest: 'b'.repeat(64) }), 'update', at).accepted).toBe(false));
test('a digest that agrees counts', () => expect(open().take(decision({ digest }), 'update', at).accepted).toBe(true));
test('the second decision is refused, and the first stands', () => {
  const desk = open();
  desk.take(decision({ decision: 'reject', by: 'ada' }), 'update', at);
  expect(desk.take(decision({ by: 'bob' }), 'update', at).answer).toBe('refused: 1.1.4 is decided already (reject by ada)');
  expect(desk.decision?.decision).toBe('reject');
});
test('a decision before anything waits is refused', () => expect(new ApprovalDesk().take(decision(), 'update', at).accepted).toBe(false));
test('once the run is over, a decision is refused and kept', () => {
  const desk = open();
  desk.close('was cancelled');
  expect(desk.take(decision(), 'update', at)).toEqual({ accepted: false, answer: 'refused: this run was cancelled' });
  expect([desk.waits, desk.settled, desk.trail.length]).toEqual([false, false, 1]);
});
test('what cannot be read is kept as malformed', () => {
  const desk = open();
  desk.refuseMalformed('refused: candidate is missing', at);
  expect(desk.settled).toBe(false);
  expect(desk.trail[0]).toMatchObject({ decision: 'malformed', accepted: false });
});
