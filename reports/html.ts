import { createHash } from 'node:crypto';
import type { Block, Cell, Section } from './document';

/** Text that HTML shows as it is, in elements and in quoted attributes. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"'`]/g, (character) => `&#${character.codePointAt(0)};`);

const css = `
:root { color-scheme: light; --ink: #1f2933; --faint: #667380; --line: #e1e6eb; --soft: #f5f7f9 }
* { box-sizing: border-box }
body { margin: 0; background: var(--soft); color: var(--ink); font: 15px/1.55 system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 20px; overflow-wrap: anywhere }
h2 { font-size: 17px; margin: 0 0 12px; overflow-wrap: anywhere }
section { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 20px 24px; margin: 0 0 16px }
section > :last-child { margin-bottom: 0 }
section.request { border-color: #0072b2; border-left-width: 6px }
p, ul, dl { margin: 0 0 12px } ul { padding-left: 20px } li { overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px }
dt { color: var(--faint) } dd { margin: 0; overflow-wrap: anywhere }
pre { background: var(--ink); color: #fff; border-radius: 8px; padding: 12px 16px; margin: 0 0 12px; overflow-x: auto; font: 13px/1.6 ui-monospace, "DejaVu Sans Mono", monospace }
.scroll { overflow-x: auto; margin: 0 0 12px }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th { text-align: left; color: var(--faint); font-weight: 600; font-size: 13px; white-space: nowrap }
th, td { padding: 7px 16px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere }
th.right, td.right { text-align: right; white-space: nowrap }
td:first-child { min-width: 110px } tr:last-child td { border-bottom: 0 }
.pass, .doubt, .fail { display: inline-block; border-radius: 5px; padding: 0 8px; font-weight: 600; font-size: 13px }
.pass { background: #e3f4ee; color: #00634a } .doubt { background: #fdf0d3; color: #7a5200 } .fail { background: #fbe3d6; color: #9a3f00 }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 16px }
img { display: block; width: 100%; height: auto }
footer { color: var(--faint); font-size: 13px }
@media (max-width: 640px) { dl { grid-template-columns: 1fr; gap: 0 } .charts { grid-template-columns: 1fr } main { padding: 16px 10px } }
`;
// The hash admits this style sheet alone: nothing that a name might smuggle in could style or run.
const policy = `default-src 'none'; img-src data:; style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'`;

/** A whole HTML document without scripts and without anything to load; `body` is HTML already. */
export function htmlDocument(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title>
<style>${css}</style></head>
<body><main>
<h1>${escapeHtml(title)}</h1>
${body}
</main></body></html>
`;
}

/** One section of a run's content. */
export function htmlSection({ title, blocks }: Section, kind = ''): string {
  return `<section${kind && ` class="${kind}"`}><h2>${escapeHtml(title)}</h2>\n${blocks.map(html).join('\n')}\n</section>`;
}

/** A chart as a picture of its own: whatever stands in it cannot reach the page. */
export const picture = (svg: string, alt: string): string =>
  `<img alt="${escapeHtml(alt)}" src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}">`;

function html(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escapeHtml(block.text)}</p>`;
    case 'list':
      return block.items.length === 0 ? '' : `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
    case 'facts':
      return `<dl>${block.facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`;
    case 'code':
      return `<pre><code>${escapeHtml(block.text)}</code></pre>`;
    case 'link':
      return `<p><a href="${escapeHtml(block.url)}" rel="noreferrer">${escapeHtml(block.text)}</a></p>`;
    case 'table':
      return table(block.head, block.rows);
  }
}

function table(head: string[], rows: Cell[][]): string {
  const numeric = head.map((_, column) => rows.length > 0 && rows.every((row) => isNumber(row[column])));
  const side = (column: number) => (numeric[column] ? ' class="right"' : '');
  const heads = head.map((name, column) => `<th${side(column)}>${escapeHtml(name)}</th>`).join('');
  const lines = rows.map((row) => `<tr>${row.map((value, column) => `<td${side(column)}>${cell(value)}</td>`).join('')}</tr>`);
  return `<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`;
}

const isNumber = (value: Cell | undefined): boolean => typeof value === 'string' && /^([+−<]? ?[\d,.]+( %| pp)?|–)$/.test(value);

const cell = (value: Cell): string =>
  typeof value === 'string' ? escapeHtml(value) : `<span class="${value.tone}">${escapeHtml(value.text)}</span>`;
