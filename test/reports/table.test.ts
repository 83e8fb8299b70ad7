import { textTable } from '../../reports';

describe('textTable', () => {
  it('aligns text left and numbers right', () => {
    expect(textTable([{ name: 'a', rows: 5, accuracy: '7.5 %' }, { name: 'long', rows: 1344, accuracy: '76.4 %' }])).toBe(
      ['name  rows  accuracy', '────  ────  ────────', 'a        5     7.5 %', 'long  1344    76.4 %', ''].join('\n'),
    );
  });

  it('shortens the longest text to the terminal, never a number', () => {
    const lines = textTable([{ why: 'word '.repeat(50), rows: 123456789 }], 40).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBe(40);
    expect(lines[2]).toMatch(/^word .*… {2}123456789$/);
  });

  it('counts wide letters as two and drops control characters', () => {
    const text = textTable([{ name: '日本', x: 'a' }, { name: 'abcd', x: '\u001b[31mred' }]);
    expect(text.split('\n').slice(2, 4)).toEqual(['日本  a', 'abcd   [31mred']);
  });

  it('shows a missing value as a dash and no rows as nothing', () => {
    expect(textTable([{ a: null, b: 1 }]).split('\n')[2]).toBe('–  1');
    expect(textTable([])).toBe('');
  });
});
