// Limits of the grammar. They bound what any text can cost; no network comes near them.

import type { CatalogEntry } from './entry.ts';

const network = (text: string): string => `network A {\n  input x: [1, 8, 8]\n  ${text}\n}\n`;

export const limitEntries: readonly CatalogEntry[] = [
  {
    code: 'syntax/more',
    title: 'more errors than are shown',
    explanation: 'The first hundred errors of a file are shown; the others are counted.',
    bad: network(Array(101).fill('relu $').join('\n  ')),
    good: network(Array(101).fill('relu').join('\n  ')),
  },
  {
    code: 'limit/nesting',
    title: 'brackets nested too deeply',
    explanation:
      'Parentheses, brackets and braces together may be nested 64 deep. Give inner parts names of their own.',
    bad: network(`dropout(${'('.repeat(64)}0.5${')'.repeat(64)})`),
    good: network('dropout(0.5)'),
  },
  {
    code: 'limit/expression',
    title: 'expression too deep',
    explanation: 'An expression may be 256 operations deep. Name its parts with const.',
    bad: network(`conv(${Array(300).fill('1').join(' + ')}, kernel: 1)`),
    good: network('conv(300, kernel: 1)'),
  },
  {
    code: 'limit/name',
    title: 'name too long',
    explanation: 'A name may have 128 characters.',
    bad: network(`${'stage_of_the_network_'.repeat(10)} = relu`),
    good: network('stage = relu'),
  },
  {
    code: 'limit/source',
    title: 'file too long',
    explanation: 'A file may have 1,048,576 characters and 51,200 tokens. Share blocks between files with import.',
    bad: `network A { input x: [1, 8, 8] relu }${' '.repeat(1 << 20)}\n`,
    good: 'network A { input x: [1, 8, 8] relu }\n',
  },
];
