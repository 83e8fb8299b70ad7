import { content } from './content';
import type { Block, EvidenceInput, Limits, Section } from './document';
import { clip } from './words';

export type { DriftFinding, DriftFindings, EvidenceInput } from './document';

/** Temporal keeps 20 kB of details with a workflow. */
const bytesAllowed = 15_000;
const limits: Limits[] = [
  { rows: 20, letters: 300 },
  { rows: 8, letters: 160 },
  { rows: 4, letters: 80 },
  { rows: 2, letters: 40 },
];

/**
 * What is known of a run, as Markdown (GitHub's tables, no HTML, no pictures) of at most 15 kB: for the workflow's
 * current details and its query `evidence`. Pure, so that workflow code may call it. Long tables and reasons are
 * shortened until it fits; names and labels from the data are escaped and cannot form markup.
 *
 * @example setCurrentDetails(evidence({ status, drift, evaluation, verdict }))
 */
export function evidence(input: EvidenceInput): string {
  const renderings = limits.map((limit) => render(content(input, limit)));
  return renderings.find((text) => bytesAtMost(text) <= bytesAllowed) ?? renderings.at(-1)!.slice(0, bytesAllowed / 3);
}

function render({ title, sections }: { title: string; sections: Section[] }): string {
  const parts = sections.flatMap(({ title, blocks }) => [`## ${escaped(title)}`, ...blocks.map(markdown)]);
  return [`# ${escaped(title)}`, ...parts].filter(Boolean).join('\n\n') + '\n';
}

function markdown(block: Block): string {
  switch (block.kind) {
    case 'text':
      return escaped(block.text);
    case 'list':
      return block.items.map((item) => `- ${escaped(item)}`).join('\n');
    case 'facts':
      return block.facts.map(([name, value]) => `- **${escaped(name)}**: ${escaped(value)}`).join('\n');
    case 'code':
      return `\`\`\`\n${block.text}\n\`\`\``;
    case 'link':
      return `[${escaped(block.text)}](<${block.url}>)`;
    case 'table': {
      const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
      const rows = block.rows.map((row) => line(row.map((cell) => escaped(typeof cell === 'string' ? cell : cell.text))));
      return [line(headings(block)), line(block.head.map(() => '---')), ...rows].join('\n');
    }
  }
}

/**
 * The headings, so wide that a gap stays after the longest word of each column: the Temporal UI shows tables without
 * borders or padding, and their columns would run together.
 */
function headings({ head, rows }: Extract<Block, { kind: 'table' }>): string[] {
  return head.map((text, at) => {
    const words = rows.flatMap((row) => (typeof row[at] === 'object' ? row[at].text : (row[at] ?? '')).split(/[\s-]/));
    const missing = Math.min(20, Math.max(...words.map((word) => word.length), 0)) - text.length;
    // A no-break space is about half as wide as a letter.
    return escaped(text) + (at === head.length - 1 ? '' : '\u00a0'.repeat(3 + Math.ceil(1.6 * Math.max(0, missing))));
  });
}

/**
 * Text that Markdown shows as it is. Punctuation becomes numeric entities, which every CommonMark reader turns back
 * into the character without ever taking it for markup; a backslash would not do inside tables.
 */
function escaped(text: string): string {
  return clip(text, Infinity).replace(/[\\`*~<>[\]|&#!$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|:(?=\/\/)|@|(?<=www)\./giu, (c) => `&#${c.codePointAt(0)};`);
}

/** An upper bound of the text's size in UTF-8. */
const bytesAtMost = (text: string): number => text.length + 2 * (text.match(/[^\x20-\x7e\n]/g)?.length ?? 0);
