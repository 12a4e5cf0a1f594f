// Proposals that are taken: what they write is what the grammar allows there. Syntax errors are counted by the compiler's own parser.

import { describe, expect, test } from 'vitest';
import { parse } from '../../grammar/parse.ts';
import { lexAll } from '../../grammar/lex.ts';
import { analyse } from '../../src/ide/analysis.ts';
import { completion } from '../../src/ide/completion.ts';
import type { CompletionItem } from '../../src/ide/types.ts';
import { filled, labelsAt, taken } from './at-caret.ts';
import { exampleFiles, readFile } from './marked.ts';

const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** The text with its open brackets closed. */
function closed(path: string, text: string): string {
  const open: string[] = [];
  for (const { image } of lexAll({ path, text })) {
    if (Object.hasOwn(closers, image)) open.unshift(closers[image]!);
    else if (image === open[0]) open.shift();
  }
  return text + open.join('');
}

/** Syntax errors in a text, those left out that say that it goes on behind its end. */
function errorsIn(path: string, text: string): number {
  const { diagnostics } = parse({ path, text: closed(path, text) });
  const isIn = (start: number, end: number): boolean => start < text.trimEnd().length && end <= text.length;
  return diagnostics.filter(({ code, span }) => code.startsWith('syntax/') && span && isIn(span.start, span.end))
    .length;
}

function accepted(text: string, { insert, snippet, range, also = [] }: CompletionItem): string {
  const edits = [
    { ...range, by: snippet ? filled(insert) : insert },
    ...also.map(({ span: { start, end }, text: by }) => ({ start, end, by })),
  ];
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((all, { start, end, by }) => all.slice(0, start) + by + all.slice(end), text);
}

/** Signs and keywords that something must follow, and snippets in which something must be written. */
function goesOn({ label, kind, insert }: CompletionItem): boolean {
  return /[-+*/=:,.<>]$|^(?:not|and|or|if|else|as|in|from)$/.test(label) || (kind === 'keyword' && /\w/.test(insert));
}

/** A number may begin `1 - x`, and nothing else. */
const beginsDifference = ({ kind }: CompletionItem): boolean => kind === 'literal';

test.each(exampleFiles.filter((_, at) => at % 3 === 0))('the first ten in %s make no syntax error', (path) => {
  const text = readFile(path)!;
  const tokens = lexAll({ path, text });
  for (let at = 7; at < tokens.length; at += 61) {
    const { startOffset, image } = tokens[at]!;
    for (const end of [startOffset, startOffset + Math.ceil(image.length / 2)]) {
      const head = text.slice(0, end);
      const before = errorsIn(path, head);
      for (const item of completion(analyse({ path, text: head }), end).slice(0, 10)) {
        if (goesOn(item) || beginsDifference(item)) continue;
        const after = accepted(head, item);
        expect(errorsIn(path, after), `${item.label} behind ${head.slice(-60)}`).toBeLessThanOrEqual(before);
      }
    }
  }
});

describe('not offered', () => {
  const body = (line: string): string => `network Net {\n  input x: [1, 28, 28]\n  ${line}\n}\n`;
  test.each<readonly [string, string, readonly string[]]>([
    ['a chain out of a list', 'const widths = [64 ▮]', ['->', ':']],
    ['a chain out of a number', body('conv(6 ▮)'), ['->', ':']],
    ['a comparison of values that flow', body('conv(6, kernel: 5) ▮'), ['==', '!=', '<', '>']],
    ['the end of half a condition', body('conv((6 if x.height ▮))'), [')', ',', '->', ':']],
    ['a second type of a list', 'block a(b: [int▮', [',']],
    ['parts of a step', body('max_pool▮'), ['.0', '.1']],
    ['an index behind a space', body('a = relu\n  a ▮'), ['[']],
    ['parts behind a space', 'const a = (1, 2)\nconst b = a ▮', ['.0', '.1']],
    ['steps behind a named argument', body('conv(6, kernel: 5, p▮)'), ['pad', 'permute', 'pow']],
  ])('%s', (_, text, labels) => {
    const offered = labelsAt(text);
    expect(offered).not.toEqual([]);
    expect(offered.filter((label) => labels.includes(label))).toEqual([]);
  });
});

test('sections are of the network that has none, with the parameters of the book’s LeNet', () => {
  const lenet = `network LeNet {
  input image: [1, 28, 28]
  conv(6, kernel: 5, padding: 2) -> sigmoid -> avg_pool(2) -> conv(16, kernel: 5) -> sigmoid -> avg_pool(2)
  flatten -> dense(120) -> sigmoid -> dense(84) -> sigmoid -> dense(10)
}
`;
  // 156 + 2416 + 48120 + 10164 + 850: Dive into Deep Learning, section 7.6.
  expect(taken(`${lenet}▮`, 'expect')).toContain('expect LeNet { parameters <= 61_706 }');
  expect(taken(`${lenet}train LeNet {}\nnetwork B { input x: [1, 2, 2] relu }\n▮`, 'train')).toContain('train B {');
  expect(taken('▮', 'train')).toContain('train Net {');
});
