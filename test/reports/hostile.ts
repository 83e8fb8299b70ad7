import { awaiting } from './sample';
import type { RunReport } from '../../reports';

export const hostileName = 'a|b`c` <script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) **bold**\n# head "q" \'q\' \\| ]]> &lt;';

/** The sample with that name wherever a column, a label, a reason or a person can stand. */
export const hostile: RunReport = JSON.parse(
  JSON.stringify({
    ...awaiting,
    status: { ...awaiting.status, decision: { action: 'stateful', because: 'HOSTILE' }, approval: { ...awaiting.status.approval, because: ['HOSTILE'] } },
    snapshot: { ...awaiting.snapshot, quarantined: { HOSTILE: 3 } },
    drift: {
      ...awaiting.drift,
      because: ['HOSTILE'],
      columns: awaiting.drift!.columns.map((column) => ({ ...column, column: 'HOSTILE', newCategories: ['HOSTILE'] })),
    },
    decisions: awaiting.decisions!.map((entry) => ({ ...entry, by: 'HOSTILE', reason: 'HOSTILE', answer: 'HOSTILE' })),
    profiles: {
      before: { HOSTILE: { ...awaiting.profiles!.before['day'], counts: { HOSTILE: 5 } } },
      now: { HOSTILE: { ...awaiting.profiles!.now['day'], counts: { HOSTILE: 5 } } },
    },
  }).replaceAll('HOSTILE', JSON.stringify(hostileName).slice(1, -1)),
) as RunReport;
