import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evidence } from '../../reports';
import { hostile } from './hostile';
import { awaiting } from './sample';

const cells = (line: string) => line.split('|').length;

describe('evidence', () => {
  const text = evidence(awaiting);

  it('names the exact command and the exact Signal input that decide', () => {
    expect(text).toContain('continual approve electricity 1.1.4 --reason "…"\ncontinual reject electricity 1.1.4 --reason "…"');
    const payload = /^\{"candidate.*\}$/m.exec(text)![0];
    expect(JSON.parse(payload)).toEqual({ candidate: '1.1.4', reason: '…' });
  });

  it('puts what an approver needs first and shows digest, deadline, reasons, gates, comparison and drift', () => {
    expect(text.indexOf('## Decide on 1.1.4 by 2026-01-07 06:04 UTC')).toBeLessThan(text.indexOf('## This run'));
    expect(text).toContain('ab'.repeat(32));
    expect(text).toContain('| suites | ? doubt | suite 1.1.1 lost');
    expect(text).toContain('| fresh rows | 269 | – | 67.8 % | 76.4 % | +8.60 pp |');
    expect(text).toContain('−8.60 pp, between −12.10 pp and −4.40 pp');
    expect(text).toContain('| transfer | 1.730 wasserstein/sd | 0.200 | &#60; 0.001 (ks) | drifted; was constant, varies now |');
    expect(text).toContain('not on 1.1.3');
  });

  it('lists the suite that lost most and the column that changed most first', () => {
    expect(text.indexOf('suite 1.1.1 |')).toBeLessThan(text.indexOf('suite 1.1.0 |'));
    expect(text.indexOf('| transfer |')).toBeLessThan(text.indexOf('| nsw_price |'));
  });

  it('says of a column that has lost its values how many are missing', () => {
    const columns = [[0, 1], [0, 0.1]].map(([reference, now], i) => ({ ...awaiting.drift!.columns[0]!, column: `feed ${i}`, missing: { reference: reference!, now: now! } }));
    const lines = evidence({ ...awaiting, drift: { ...awaiting.drift!, columns } }).split('\n');
    expect(lines.find((line) => line.startsWith('| feed 0 |'))).toContain('| missing 0.0 %, now 100.0 % |');
    expect(lines.find((line) => line.startsWith('| feed 1 |'))).not.toContain('missing');
  });

  it('counts the columns that it does not list, also those that a history has no room for', () => {
    const columns = Array.from({ length: 10 }, (_, i) => ({ ...awaiting.drift!.columns[0]!, column: `feed ${i}` }));
    expect(evidence({ ...awaiting, drift: { ...awaiting.drift!, columns, compared: 50 } })).toContain('40 more columns changed less.');
    expect(evidence({ ...awaiting, drift: { ...awaiting.drift!, columns: columns.slice(0, 2) } })).not.toContain('changed less');
  });

  it('says where a run is when nothing else is known yet', () => {
    const status = { ...awaiting.status, phase: 'pulling' as const, candidate: null, decision: null, approval: null };
    const early = evidence({ status });
    expect(early).toContain('# electricity: pulling new rows');
    expect(early).not.toContain('continual approve');
  });

  it('asks nobody any more once the run has an outcome', () => {
    const status = { ...awaiting.status, phase: 'done' as const, approval: null, outcome: 'promoted' as const };
    expect(evidence({ ...awaiting, status })).toContain('# electricity: 1.1.4 promoted');
  });

  it('keeps tables and code whole whatever a name holds', () => {
    const lines = evidence(hostile).split('\n');
    const tables = lines.filter((line) => line.startsWith('|'));
    const drift = tables.filter((line) => line.includes('wasserstein') || line.includes('jensen'));
    expect(drift).toHaveLength(6);
    for (const line of drift) expect(cells(line)).toBe(7);
    const outside = lines.filter((line) => !line.startsWith('{') && !line.startsWith('```')).join('\n');
    expect(outside).not.toMatch(/[<`\\]|\]\(/);
    expect(lines.filter((line) => line.startsWith('# '))).toHaveLength(1);
    expect(lines.filter((line) => line === '```')).toHaveLength(4);
  });

  it('links a report only at a web address', () => {
    expect(evidence({ ...awaiting, report: 'https://ui.example/r/1.html' })).toContain('](<https://ui.example/r/1.html>)');
    expect(evidence({ ...awaiting, report: 'javascript:alert(1)' })).not.toContain('](');
    expect(evidence({ ...awaiting, report: 'https://a/>) [x](b' })).not.toContain('](');
  });

  it('stays under 15 kB with a thousand columns, a hundred suites and long foreign reasons', () => {
    const { drift, evaluation, verdict } = awaiting;
    const large = evidence({
      ...hostile,
      drift: { ...drift!, because: Array.from({ length: 999 }, () => '價格'.repeat(500)), columns: Array.from({ length: 1000 }, () => hostile.drift!.columns[0]!) },
      evaluation: { ...evaluation!, suites: Array.from({ length: 100 }, () => evaluation!.suites[0]!) },
      verdict: { ...verdict!, gates: verdict!.gates.map((gate) => ({ ...gate, because: '|'.repeat(9000) })) },
      decisions: Array.from({ length: 200 }, () => hostile.decisions![0]!),
    });
    expect(Buffer.byteLength(large)).toBeLessThanOrEqual(15_000);
    expect(large).toContain('continual approve electricity 1.1.4');
    expect(large).toContain('## Gates');
  });

  it('needs no module of Node, so that workflow code can import it', () => {
    for (const file of ['reports/evidence', 'reports/content', 'reports/sections', 'reports/surgery', 'reports/words', 'contracts/drift']) {
      const code = readFileSync(join(__dirname, '../..', `${file}.js`), 'utf8');
      const needed = [...code.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name);
      expect(needed.every((name) => ['./content', './sections', './surgery', './words', '../contracts/drift'].includes(name!))).toBe(true);
    }
  });
});
