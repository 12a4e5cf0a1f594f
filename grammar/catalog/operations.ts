// Errors of syntax in arithmetic with values, and in share, learned and collect.

import { inNetwork, type CatalogEntry } from './entry.ts';

export const operationEntries: readonly CatalogEntry[] = [
  {
    code: 'syntax/line-start',
    title: 'line that begins with a parenthesis or a sign',
    explanation:
      'A parenthesis begins the arguments of the step before it, on the next line, too; an operator goes on with the line before. A sum that is a statement begins with a name.',
    bad: inNetwork('a = relu\n  b = tanh\n  (a + b) -> relu'),
    good: inNetwork('a = relu\n  b = tanh\n  a + b -> relu'),
  },
  {
    code: 'syntax/values',
    title: 'arithmetic behind a step',
    explanation: '-> binds loosest: what is calculated stands before the first ->, or a chain stands in parentheses.',
    bad: inNetwork('b = x -> tanh + x'),
    good: inNetwork('b = (x -> tanh) + x'),
  },
  {
    code: 'syntax/operand',
    title: 'operand that is missing, or is none',
    explanation: 'Behind + - * / stands a value, a step, a number or a chain in parentheses.',
    bad: inNetwork('y = x * "2"'),
    good: inNetwork('y = x * 2'),
  },
  {
    code: 'syntax/value-operator',
    title: 'operator for numbers only',
    explanation:
      'Values that flow have + - * /. Comparisons, % and ranges are for numbers that are known when compiling.',
    bad: inNetwork('y = x % 2'),
    good: inNetwork('y = x / 2'),
  },
  {
    code: 'syntax/choice',
    title: 'choice without parentheses',
    explanation: 'What a if c else b chooses may begin a chain where it stands in parentheses.',
    bad: 'block f(deep: bool) {\n  a = relu\n  y = a if deep else tanh\n}\n',
    good: 'block f(deep: bool) {\n  a = relu\n  y = (a if deep else tanh)\n}\n',
  },
  {
    code: 'syntax/slice',
    title: 'slice of a list',
    explanation: 'Lists have items, [0] the first and [-1] the last; a loop takes some of them.',
    bad: 'block f {\n  input xs[]\n  y = xs[0:2]\n}\n',
    good: 'block f {\n  input xs[]\n  y = xs[0] + xs[1]\n}\n',
  },
  {
    code: 'syntax/share',
    title: 'share without = and steps',
    explanation: 'share NAME = chain gives steps a name under which they have one set of weights, wherever it is used.',
    bad: inNetwork('share tower: conv(8, kernel: 3)'),
    good: inNetwork('share tower = conv(8, kernel: 3)'),
  },
  {
    code: 'syntax/learned',
    title: 'learned tensor without a shape',
    explanation:
      'learned NAME: shape = number declares a tensor among the weights; the number is what its elements are at first.',
    bad: inNetwork('learned gamma: 8'),
    good: inNetwork('learned gamma: [8]'),
  },
  {
    code: 'syntax/collect',
    title: 'collect without a name, or outside of a loop',
    explanation:
      'repeat n collect NAME { … } and for x in list collect NAME { … } name the list of what flows at the end of each iteration.',
    bad: inNetwork('repeat 3 collect { relu }'),
    good: inNetwork('repeat 3 collect xs { relu }'),
  },
  {
    code: 'syntax/default',
    title: 'chain as a default',
    explanation: 'A parameter of the type block is one step, with or without arguments. Several steps are a block.',
    bad: 'block f(g: block = relu -> tanh) { g }\n',
    good: 'block both { relu -> tanh }\nblock f(g: block = both) { g }\n',
  },
];
