// What looks like a habit of another tool, and is correct as it stands: statements and headers that go on in the next line.

import { expect, test } from 'vitest';
import { parse } from '../../grammar/parse.ts';

const codesOf = (text: string): readonly string[] => parse({ path: 'a.cnn', text }).diagnostics.map(({ code }) => code);
const network = (body: string): string => `network A(n: int = 4, k: int = 3) {\n  input x: [8, 8, 8]\n${body}\n}\n`;

const correct: readonly string[] = [
  'const a = n\n  % k',
  'const a = n\n  % k relu',
  'if n == 7 { relu }\nelse if len(xs) % k == 0 { tanh }',
  'if n == 7 {\n relu\n} else if len(xs) % k == 0 {\n tanh\n}',
  'if n == 7 {\n relu\n} else if (n + 1) % k == 0 {\n tanh\n}',
  'if n == 1 and\n (n + 1) % k == 2 { relu }',
  'relu const m = len(xs) % k conv(m)',
  'dense(n) :\n [n]',
  'const xs =\n [n]\n relu',
  'for i in\n [n]\n { relu }',
  'parallel\n concat {\n path relu\n }',
];

test.each(correct)('%s', (body) => {
  expect(codesOf(network(body))).toEqual([]);
  expect(codesOf(`network B {\n  input x:\n    [n]\n}\n`)).toEqual([]);
});

test.each(correct.filter((body) => !body.includes('const a')))('beside a mistake, %s', (body) => {
  expect(codesOf(network(`${body}\n(a, b) = split(2)`))).toEqual(['syntax/several-names']);
});

test.each(['m = n % k\nrelu', 'm = (n + 1) % k', 'm = len(xs) % k'])(
  'a remainder without const is none: %s',
  (body) => {
    expect(codesOf(network(body))).not.toContain('syntax/comment');
  },
);

test('a comment begins at the first sign of its line', () => {
  const { diagnostics } = parse({ path: 'a.cnn', text: network('relu % "half" 50% of it') });
  const [edit] = diagnostics[0]!.fixes![0]!.edits!;
  expect([diagnostics.length, edit!.span.source.text.slice(edit!.span.start)]).toEqual([1, '% "half" 50% of it\n}\n']);
});
