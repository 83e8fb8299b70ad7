import { runReport } from '../../reports';
import { hostile } from './hostile';
import { awaiting } from './sample';

describe('the report of a run', () => {
  it('holds the decision’s command, the tables and a chart for each of the columns that changed most', () => {
    const page = runReport(awaiting);
    expect(page).toContain('continual approve electricity 1.1.4');
    expect(page).toContain('<span class="doubt">? doubt</span>');
    expect(page.match(/<img /g)).toHaveLength(5);
    expect(page).toContain('alt="Distribution of transfer, before and now"');
  });

  it('loads nothing and runs nothing: one policy, no script, no address outside the page', () => {
    const page = runReport(awaiting);
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'sha256-/);
    expect(page).not.toMatch(/<script|<link|<iframe|https?:|\sstyle=|\son\w+=/i);
  });

  it('hostile names become text, in elements and in attributes', () => {
    const page = runReport(hostile);
    const tags = new Set([...page.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, name]) => name!.toLowerCase()));
    expect([...tags].filter((tag) => ['script', 'iframe', 'svg'].includes(tag))).toEqual([]);
    expect(page).not.toMatch(/<img src=x|javascript:alert\(1\)"/);
    expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
  });
});
