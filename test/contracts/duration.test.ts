import { milliseconds, pipelineSchema, type PipelineInput } from '../../contracts';

const pipeline = (extra: Partial<PipelineInput>) => pipelineSchema.safeParse({ name: 'p', source: { files: '/x.csv', time: 't' }, label: { column: 'y' }, model: { mlp: [4] }, ...extra });

test.each([['90s', 90_000], ['15m', 900_000], ['2d', 172_800_000], ['0s', 0]])('%s is %i milliseconds', (span, expected) => expect(milliseconds(span)).toBe(expected));

test.each<[Partial<PipelineInput>, string, string]>([
  [{ approval: { deadline: '99999999d' } }, 'approval.deadline', 'at most ten years (3650d)'],
  [{ approval: { deadline: `${'9'.repeat(40)}d` } }, 'approval.deadline', 'a number and a unit, such as 90s, 15m, 12h, 2d or 4w'],
  [{ training: { limit: 'soon' } }, 'training.limit', 'a number and a unit, such as 90s, 15m, 12h, 2d or 4w'],
  [{ training: { limit: '0s' } }, 'training.limit', 'more than 0; to wait practically for ever, say 3650d'],
  [{ training: { wait: '0ms' } }, 'training.wait', 'more than 0; to wait practically for ever, say 3650d'],
  [{ approval: { deadline: '0s' } }, 'approval.deadline', 'more than 0; to wait practically for ever, say 3650d'],
  [{ schedule: { every: '0h' } }, 'schedule.every', 'more than 0; to wait practically for ever, say 3650d'],
])('%j is refused: no timer of a workflow could hold it', (extra, path, message) => {
  const { error } = pipeline(extra);
  expect(error!.issues.map((issue) => [issue.path.join('.'), issue.message])).toEqual([[path, message]]);
});

test('a schedule without jitter and a reminder at once are fine', () => {
  expect(pipeline({ approval: { reminder: '0s' }, schedule: { every: '1h', jitter: '0s' } }).success).toBe(true);
});
