// Errors of syntax.

import { brackets } from './brackets.ts';
import { inNetwork as network } from './entry.ts';
import type { CatalogEntry } from './entry.ts';
import { statements } from './statements.ts';

const characters: readonly CatalogEntry[] = [
  {
    code: 'syntax/character',
    title: 'unknown character',
    explanation: 'Outside strings and comments, only the ASCII characters that the language uses are allowed.',
    bad: network('relu $'),
    good: network('relu'),
  },
  {
    code: 'syntax/identifier',
    title: 'character that is not allowed in a name',
    explanation: 'Names of values become names of tensors in weights files and must be plain: a–z, A–Z, 0–9 and _.',
    bad: network('größe = relu'),
    good: network('size = relu'),
  },
  {
    code: 'syntax/number',
    title: 'malformed number',
    explanation:
      'Numbers begin and end with a digit or a suffix: 28, 0.9, 1e-5, 61_706, 420k, 1.2M, 2G (decimal), 64KiB, 1MiB (powers of 1024).',
    bad: network('dropout(.5)'),
    good: network('dropout(0.5)'),
  },
  {
    code: 'syntax/number-size',
    title: 'number too large',
    explanation:
      'Whole numbers are exact up to 2^53 − 1; larger ones are refused instead of rounded. Networks compute in 32 bits, in which other numbers go up to 3.4e38.',
    bad: network('dense(99999999999999999999)'),
    good: network('dense(10)'),
  },
  {
    code: 'syntax/quotes',
    title: 'wrong quotation marks',
    explanation: 'Strings are written in straight double quotes.',
    bad: network("output x { labels: 'a.txt' }"),
    good: network('output x { labels: "a.txt" }'),
  },
  {
    code: 'syntax/escape',
    title: 'unknown escape',
    explanation: 'In strings, a backslash begins \\" \\\\ \\n \\t or \\u{…}; paths use / on every system.',
    bad: network('output x { labels: "a\\labels.txt" }'),
    good: network('output x { labels: "a/labels.txt" }'),
  },
  {
    code: 'syntax/unclosed-string',
    title: 'unterminated string',
    explanation: 'A string ends on the line on which it begins; a line break in it is written \\n.',
    bad: network('output x { labels: "a.txt }'),
    good: network('output x { labels: "a.txt" }'),
  },
  {
    code: 'syntax/comment',
    title: 'comment with #',
    explanation: 'Comments are // to the end of the line, or /* … */; /// documents the next definition.',
    bad: network('relu # activation'),
    good: network('relu // activation'),
  },
  {
    code: 'syntax/unclosed-comment',
    title: 'unterminated comment',
    explanation: 'A comment that begins with /* ends with the next */.',
    bad: `${network('relu')}/* the rest\n`,
    good: `${network('relu')}/* the rest */\n`,
  },
  {
    code: 'syntax/operator',
    title: 'operator of another language',
    explanation: 'Steps are chained with ->, names are given with =, conditions are joined with and, or, not.',
    bad: network('conv(6, kernel: 3) => relu'),
    good: network('conv(6, kernel: 3) -> relu'),
  },
  {
    code: 'syntax/semicolon',
    title: 'semicolon',
    explanation: 'Statements need no separator; usually each has its own line.',
    bad: network('relu;'),
    good: network('relu'),
  },
];

const definitions: readonly CatalogEntry[] = [
  {
    code: 'syntax/definition',
    title: 'not a definition',
    explanation: 'A file is made of imports, blocks, networks, constants and the sections train and expect.',
    bad: 'def A {\n  relu\n}\n',
    good: 'block A {\n  relu\n}\n',
  },
  {
    code: 'syntax/import',
    title: 'malformed import',
    explanation: 'An import lists names in braces and then the file they come from, relative to this one.',
    bad: 'import residual from "./blocks.cnn"\n',
    good: 'import { residual } from "./blocks.cnn"\n',
  },
  {
    code: 'syntax/nested-definition',
    title: 'nested definition',
    explanation: 'Blocks, networks, imports, train and expect belong at the top level of a file.',
    bad: network('block b { relu }'),
    good: `${network('b')}block b { relu }\n`,
  },
  {
    code: 'syntax/parameter-type',
    title: 'parameter without a type',
    explanation: 'A parameter has a name, a colon, a type, and perhaps a default: classes: int = 10.',
    bad: 'block b(width = 3) { dense(width) }\n',
    good: 'block b(width: int = 3) { dense(width) }\n',
  },
  {
    code: 'syntax/type',
    title: 'unknown type',
    explanation: 'Types are int, float, bool, string, size, tuples such as (int, int) and lists such as [int].',
    bad: 'block b(width: number) { dense(width) }\n',
    good: 'block b(width: int) { dense(width) }\n',
  },
  {
    code: 'syntax/reserved-word',
    title: 'keyword used as a name',
    explanation:
      'import, from, as, block, network, const, train, expect, input, output, parallel, path, repeat, for, in, if, else, true, false, and, or, not cannot be names.',
    bad: 'block repeat { relu }\n',
    good: 'block repeated { relu }\n',
  },
  {
    code: 'syntax/budget',
    title: 'budget without a comparison',
    explanation: 'A budget is a quantity, a comparison and a value: parameters == 61_706.',
    bad: `${network('relu')}expect A { parameters: 0 }\n`,
    good: `${network('relu')}expect A { parameters == 0 }\n`,
  },
  {
    code: 'syntax/named-setting',
    title: 'setting with =',
    explanation: 'Settings are written name: value; = gives names to values that flow.',
    bad: `${network('relu')}train A { batch = 8 }\n`,
    good: `${network('relu')}train A { batch: 8 }\n`,
  },
];

const habits: readonly CatalogEntry[] = [
  {
    code: 'syntax/misspelt',
    title: 'misspelt keyword',
    explanation: 'Only parallel, repeat, for, if, else, path, block and network are followed by braces.',
    bad: network('paralell add {\n    path relu\n    path tanh\n  }'),
    good: network('parallel add {\n    path relu\n    path tanh\n  }'),
  },
  {
    code: 'syntax/colon',
    title: 'colon instead of braces',
    explanation: 'The bodies of if, for, repeat and the like go in braces; indentation has no meaning.',
    bad: 'block b(a: bool) {\n  if a: relu\n}\n',
    good: 'block b(a: bool) {\n  if a { relu }\n}\n',
  },
  {
    code: 'syntax/output',
    title: 'output of a chain',
    explanation: 'output is followed by names of values. Without it the last value is the output.',
    bad: network('output dense(3)'),
    good: network('logits = dense(3)\n  output logits'),
  },
  {
    code: 'syntax/input-value',
    title: 'input as a value',
    explanation: 'input declares what a network takes. A block takes what flows in; identity gives it a name.',
    bad: 'block b {\n  x = input\n  relu\n}\n',
    good: 'block b {\n  _x = identity\n  relu\n}\n',
  },
  {
    code: 'syntax/pattern',
    title: 'variable or result without a name',
    explanation:
      'What is not used has a name that begins with _, such as _i, or _left in _left, right = split(2). To repeat something, write repeat 3 { … }.',
    bad: network('for _ in 0..3 { relu }'),
    good: network('for _i in 0..3 { relu }'),
  },
  {
    code: 'syntax/section',
    title: 'section',
    explanation: 'darknet writes layers as sections; here they are steps with arguments in parentheses.',
    bad: network('relu\n  [convolutional]'),
    good: network('relu\n  conv(16, kernel: 3)'),
  },
  {
    code: 'syntax/argument',
    title: 'name and value without a colon',
    explanation: 'An argument with a name is written NAME: VALUE.',
    bad: network('conv(6, kernel 3)'),
    good: network('conv(6, kernel: 3)'),
  },
  {
    code: 'syntax/foreign-file',
    title: 'file in another language',
    explanation:
      'The file is a program in Python, a darknet .cfg, a Caffe .prototxt or JSON. grammar/README.md describes .cnn files.',
    bad: 'import torch\nimport torch.nn as nn\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n',
    good: network('conv(6, kernel: 5)'),
  },
];

const expressions: readonly CatalogEntry[] = [
  {
    code: 'syntax/equality',
    title: '= in a condition',
    explanation: '= gives a name; == compares.',
    bad: 'block b(n: int) { if n = 1 { relu } }\n',
    good: 'block b(n: int) { if n == 1 { relu } }\n',
  },
  {
    code: 'syntax/comparison-chain',
    title: 'chained comparison',
    explanation: 'a < b < c would compare a boolean with c. Write a < b and b < c.',
    bad: 'block b(n: int) { if 0 < n < 3 { relu } }\n',
    good: 'block b(n: int) { if 0 < n and n < 3 { relu } }\n',
  },
  {
    code: 'syntax/capital-literal',
    title: 'True or False',
    explanation: 'The booleans are true and false.',
    bad: network('conv(6, kernel: 3, bias: False)'),
    good: network('conv(6, kernel: 3, bias: false)'),
  },
  {
    code: 'syntax/empty-tuple',
    title: 'empty parentheses',
    explanation: 'Parentheses hold a value, or the values of a tuple.',
    bad: network('conv(6, kernel: ())'),
    good: network('conv(6, kernel: (3))'),
  },
  {
    code: 'syntax/member',
    title: 'member of a value',
    explanation: 'Only tuples have parts, and those are numbered: pair.0, pair.1.',
    bad: 'block b(c: (int, int)) { dense(c.first) }\n',
    good: 'block b(c: (int, int)) { dense(c.0) }\n',
  },
];

export const syntaxEntries: readonly CatalogEntry[] = [
  ...characters,
  ...brackets,
  ...definitions,
  ...statements,
  ...habits,
  ...expressions,
];
