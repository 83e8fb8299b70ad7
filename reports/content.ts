import type { RunStatus } from '../contracts/run';
import type { SnapshotRef } from '../contracts/snapshot';
import type { TrainingSummary } from '../contracts/surgery';
import type { Block, Content, EvidenceInput, Limits, Section } from './document';
import { comparisonSection, decisionsSection, driftSection, gatesSection } from './sections';
import { surgerySection } from './surgery';
import { absentInWords, bytes, clip, count, minute, outcomeInWords, phaseInWords } from './words';

/** All that is known of a run, in the order in which an approver needs it. */
export function content(input: EvidenceInput, limits: Limits): Content {
  const { status } = input;
  return {
    title: `${status.pipeline}: ${headline(status)}`,
    sections: [
      ...requestSection(status, limits),
      runSection(input, limits),
      ...surgerySection(input, limits),
      ...gatesSection(input.verdict, limits),
      ...comparisonSection(input.evaluation, limits),
      ...driftSection(input.drift, limits),
      ...decisionsSection(input.decisions, limits),
    ],
  };
}

function headline(status: RunStatus): string {
  if (status.outcome) return [status.candidate, outcomeInWords(status.outcome)].filter(Boolean).join(' ');
  if (status.approval) return `your decision on ${status.approval.candidate}`;
  return phaseInWords(status.phase);
}

function requestSection({ pipeline, approval }: RunStatus, limits: Limits): Section[] {
  if (!approval) return [];
  const { candidate } = approval;
  const payload = JSON.stringify({ candidate, reason: '…' });
  return [
    {
      title: `Decide on ${candidate} by ${minute(approval.deadline)}`,
      blocks: [
        { kind: 'list', items: approval.because.slice(0, limits.rows).map((reason) => clip(reason, limits.letters)) },
        { kind: 'text', text: 'From a terminal or a script:' },
        {
          kind: 'code',
          text: ['approve', 'reject'].map((verb) => `continual ${verb} ${pipeline} ${candidate} --reason "…"`).join('\n'),
        },
        { kind: 'text', text: 'In the Temporal UI: More Actions, Send a Signal, approve or reject, with this input:' },
        { kind: 'code', text: payload },
        {
          kind: 'facts',
          facts: [
            ['Candidate', candidate],
            ['Digest', approval.digest],
            ['Asked', minute(approval.since)],
            ['Deadline', minute(approval.deadline)],
          ],
        },
      ],
    },
  ];
}

const webAddress = /^https?:\/\/[\w.~:/?#@!$&'*+,;=%-]{1,500}$/;

function runSection({ status, snapshot, training, report }: EvidenceInput, limits: Limits): Section {
  const facts: [string, string][] = [['Phase', phaseInWords(status.phase)]];
  if (status.outcome) facts.push(['Outcome', outcomeInWords(status.outcome)]);
  if (status.decision) facts.push(['Decision', `${status.decision.action}: ${clip(status.decision.because, limits.letters)}`]);
  facts.push(['Champion', status.champion ?? 'none yet'], ['Candidate', status.candidate ?? 'none yet']);
  if (snapshot) facts.push(['New rows', rowsInWords(snapshot, limits)]);
  if (snapshot?.absent) facts.push(['No such column', clip(absentInWords(snapshot.absent), limits.letters)]);
  // Trainings of releases that did not tell their strategy tell nothing here.
  if (training?.strategy) facts.push(['Training', trainingInWords(training)], ['Memory', memoryInWords(training)]);
  const blocks: Block[] = [{ kind: 'facts', facts }];
  if (report && webAddress.test(report)) blocks.push({ kind: 'link', text: 'The whole report', url: report });
  else if (report) facts.push(['Report', clip(report, limits.letters)]);
  return { title: 'This run', blocks };
}

const trainingInWords = ({ mode, strategy, rows, steps, seconds }: TrainingSummary): string =>
  `${mode}, by the strategy ${clip(strategy, 60)}: ${count(rows)} rows in ${count(steps)} steps, ${seconds.toFixed(1)} s`;

/** What the strategy carries to the next training: what it costs not to forget. */
const memoryInWords = ({ memory }: TrainingSummary): string =>
  memory.bytes === 0 ? 'none' : `${bytes(memory.bytes)} besides the model${memory.rows > 0 ? `, ${count(memory.rows)} rows among it` : ''}`;

function rowsInWords(snapshot: SnapshotRef, limits: Limits): string {
  const aside = Object.entries(snapshot.quarantined).sort(([, a], [, b]) => b - a);
  const reasons = aside.slice(0, Math.min(3, limits.rows)).map(([reason, n]) => `${clip(reason, limits.letters)} (${count(n)})`);
  return [
    `${count(snapshot.rows)} kept of ${count(snapshot.read)} read`,
    snapshot.duplicates > 0 ? `${count(snapshot.duplicates)} duplicates` : '',
    aside.length > 0 ? `${count(aside.reduce((sum, [, n]) => sum + n, 0))} set aside: ${reasons.join(', ')}` : '',
    snapshot.first && snapshot.last ? `${minute(snapshot.first)} to ${minute(snapshot.last)}` : '',
  ]
    .filter(Boolean)
    .join('; ');
}
