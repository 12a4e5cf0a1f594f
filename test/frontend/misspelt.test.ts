// Statements that begin with a misspelt word, or with one of another language: one error, at the word.

import { expect, test } from 'vitest';
import { compile } from './support.ts';

const network = (statements: string): string => `network A {\n  input x: [3, 8, 8]\n  ${statements}\n}\n`;

test.each([
  ['repat 3 { relu }', 'repeat'],
  ['repeet 3 {\n    relu\n  }', 'repeat'],
  ['fro i in 0..3 { relu }', 'for'],
  ['iff true { relu } else { tanh }', 'if'],
  ['while true { relu }', 'repeat'],
  ['while (i < 3) {\n    relu\n  }', 'repeat'],
  ['times(3) { relu }', 'repeat'],
  ['foreach i in 0..3 { relu }', 'for'],
  ['switch 3 { relu }', 'if'],
  ['y = relu\n  ouput y', 'output'],
  ['outptu y', 'output'],
  ['cosnt k = 3\n  conv(8, kernel: k)', 'const'],
  ['int k = 3\n  conv(8, kernel: k)', 'const'],
])('%s', (statements, expected) => {
  const { diagnostics } = compile(network(statements));
  expect(diagnostics.map(({ code }) => code)).toEqual(['syntax/misspelt']);
  expect(diagnostics[0]!.expected).toBe(expected);
});

test.each(['imput y: [3, 8, 8]\n  relu', 'inptu y: [3, 8, 8] { mean: [1, 1, 1] }\n  relu'])('%s', (statements) => {
  const { diagnostics } = compile(`network A {\n  ${statements}\n}\n`);
  expect(diagnostics.map(({ code, expected }) => [code, expected])).toEqual([['syntax/misspelt', 'input']]);
});

test.each([
  ['relu.tanh', 'syntax/member'],
  ['relu -> output y', 'syntax/output'],
  ['print(x)', 'name/unknown-step'],
  ['relu -> conv(8, kernel=3, activation=None)', 'argument/unknown'],
])('%s is one error', (statements, code) => {
  expect(compile(network(statements)).diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
});

// Two statements in a line are allowed where the first is a step.
test('steps beside each other are no misspelt statements', () => {
  expect(compile(network('relu tanh\n  pad(1) y = relu output y')).diagnostics).toEqual([]);
});
