// Errors of syntax in statements.

import { inNetwork as network } from './entry.ts';
import type { CatalogEntry } from './entry.ts';

export const statements: readonly CatalogEntry[] = [
  {
    code: 'syntax/unexpected',
    title: 'syntax error',
    explanation: 'The file does not follow the grammar here. The message says what is allowed in this place.',
    bad: network('relu -> -> relu'),
    good: network('relu -> relu'),
  },
  {
    code: 'syntax/input',
    title: 'malformed input',
    explanation: 'An input has a name, a colon and its shape, channels first; the batch axis is not written.',
    bad: 'network A {\n  input x [1, 8, 8]\n  relu\n}\n',
    good: 'network A {\n  input x: [1, 8, 8]\n  relu\n}\n',
  },
  {
    code: 'syntax/shape',
    title: 'shape without a colon',
    explanation: 'The shape that a chain must have follows it after a colon: conv(6, kernel: 5) : [6, 24, 24].',
    bad: network('conv(6, kernel: 5) [6, 4, 4]'),
    good: network('conv(6, kernel: 5) : [6, 4, 4]'),
  },
  {
    code: 'syntax/named-argument',
    title: 'named argument with =',
    explanation: 'Arguments are named with a colon: kernel: 5.',
    bad: network('conv(6, kernel=5)'),
    good: network('conv(6, kernel: 5)'),
  },
  {
    code: 'syntax/missing-parentheses',
    title: 'arguments without parentheses',
    explanation: 'Arguments go in parentheses; only steps without arguments need none.',
    bad: network('dense 10'),
    good: network('dense(10)'),
  },
  {
    code: 'syntax/missing-comma',
    title: 'missing comma',
    explanation: 'Arguments, parameters and the elements of lists are separated by commas.',
    bad: network('conv(6 kernel: 3)'),
    good: network('conv(6, kernel: 3)'),
  },
  {
    code: 'syntax/comma',
    title: 'comma between statements',
    explanation: 'A statement takes the result of the one before it without a comma; steps are chained with ->.',
    bad: network('conv(6, kernel: 3), relu'),
    good: network('conv(6, kernel: 3) -> relu'),
  },
  {
    code: 'syntax/several-names',
    title: 'names without =',
    explanation: 'Names separated by commas take the results of a step with several: left, right = split(2).',
    bad: network('relu, conv(6, kernel: 3)'),
    good: network('relu -> conv(6, kernel: 3)'),
  },
  {
    code: 'syntax/value',
    title: 'plain value in a chain',
    explanation: 'A chain is made of steps. Numbers, strings and lists are named with const and used as arguments.',
    bad: network('width = 16'),
    good: network('const width = 16'),
  },
  {
    code: 'syntax/statement-in-chain',
    title: 'loop or condition in a chain',
    explanation:
      'repeat, for and if are statements: they take what flows from the line before, and what flows at the end of their braces goes on into the next line.',
    bad: network('x -> repeat 2 { relu }'),
    good: network('x\n  repeat 2 { relu }'),
  },
  {
    code: 'syntax/chain-start',
    title: 'chain that begins with a value',
    explanation: 'A chain begins with a step or the name of a value that flows.',
    bad: network('add(3 -> relu)'),
    good: network('add(x -> relu)'),
  },
  {
    code: 'syntax/let',
    title: 'let',
    explanation: 'A name is given with = alone; a name is given once.',
    bad: network('let y = conv(6, kernel: 3)'),
    good: network('y = conv(6, kernel: 3)'),
  },
  {
    code: 'syntax/const',
    title: 'plain value without const',
    explanation: 'Values that are known when compiling are named with const.',
    bad: network('let width = 6'),
    good: network('const width = 6'),
  },
  {
    code: 'syntax/return',
    title: 'return',
    explanation: 'The last value is the result of a block or network; networks may name their outputs.',
    bad: network('return x'),
    good: network('output x'),
  },
  {
    code: 'syntax/else-if',
    title: 'elif',
    explanation: 'Further branches of an if begin with else if.',
    bad: 'block b(a: bool) { if a { relu } elif a { tanh } }\n',
    good: 'block b(a: bool) { if a { relu } else if a { tanh } }\n',
  },
  {
    code: 'syntax/join',
    title: 'parallel without a join',
    explanation: 'parallel is followed by the operator that joins the results of its paths.',
    bad: network('parallel { path relu path tanh }'),
    good: network('parallel add { path relu path tanh }'),
  },
  {
    code: 'syntax/path',
    title: 'path without its keyword',
    explanation: 'Inside the braces of parallel, every path begins with the keyword path.',
    bad: network('parallel add { relu }'),
    good: network('parallel add { path relu }'),
  },
];
