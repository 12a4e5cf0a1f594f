// Limits of the grammar and of expansion. They bound what any text can cost; no network comes near them.

import { inNetwork as network } from './entry.ts';
import type { CatalogEntry } from './entry.ts';

const input = (text: string): string => `network A {\n  input x: ${text}\n  relu\n}\n`;

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

/** A chain of blocks, each of which calls the one before. */
const nestedIn = (count: number, name: string): string => {
  const blocks = Array.from(
    { length: count },
    (_, index) => `block ${name}${index} { ${index === 0 ? 'relu' : `${name}${index - 1}`} }\n`,
  );
  return blocks.join('') + network(`${name}${count - 1}`);
};
const nested = (count: number): string => nestedIn(count, 'b');

export const expansionLimitEntries: readonly CatalogEntry[] = [
  {
    code: 'limit/expansion',
    title: 'network too large',
    explanation: 'A file may expand to 100,000 nodes and iterations, counted before anything is built.',
    bad: network('repeat 1_000_000_000 { relu }'),
    good: network('repeat 1_000 { relu }'),
  },
  {
    code: 'limit/depth',
    title: 'expansion too deep',
    explanation:
      'Blocks, paths, loops and conditions may stand 256 deep inside each other; constants and lists that are made of others, 512 deep.',
    bad: nested(300),
    good: nested(100),
  },
  {
    code: 'limit/work',
    title: 'too much to evaluate',
    explanation: 'The expressions of a file may take 2,000,000 evaluations.',
    bad: network(`repeat 90_000 { if ${Array(100).fill('1').join(' + ')} == 0 { relu } }\n  relu`),
    good: network('repeat 90_000 { if 1 == 0 { relu } }\n  relu'),
  },
  {
    code: 'limit/names',
    title: 'names of steps too long',
    explanation:
      'The name of a step begins with those of the blocks and paths around it. It may have 4,096 characters, and the names of all steps 32,000,000 together.',
    bad: `${nestedIn(40, 'stage_of_the_network_'.repeat(6))}`,
    good: `${nestedIn(40, 'stage')}`,
  },
  {
    code: 'limit/elements',
    title: 'tensor too large',
    explanation: 'A tensor may have 2^31 − 1 elements, without the batch axis.',
    bad: input('[1000, 100_000, 100_000]'),
    good: input('[1000, 100, 100]'),
  },
  {
    code: 'limit/macs',
    title: 'too much to compute',
    explanation: 'A network may take 2^50 multiply–accumulates for an image: more than a day on a fast machine.',
    bad: 'network A {\n  input x: [1, 32000, 32000]\n  conv(1, kernel: 1101, padding: 550)\n}\n',
    good: 'network A {\n  input x: [1, 4633, 4633]\n  conv(1, kernel: 461, padding: 230)\n}\n',
  },
  {
    code: 'limit/receptive-field',
    title: 'receptive field too large',
    explanation: 'The part of the input that a value depends on, padding included, may be 2^53 − 1 pixels wide.',
    bad: network('repeat 20 { conv(1, kernel: 3, stride: 1000, padding: 1) }'),
    good: network('repeat 5 { conv(1, kernel: 3, stride: 1000, padding: 1) }'),
  },
  {
    code: 'limit/imports',
    title: 'too many files',
    explanation: 'A file may lead to 256 files, itself included, with 2,097,152 characters and 76,800 tokens in all.',
    bad: 'import { relay } from "./relay0.cnn"\nnetwork A {\n  input x: [1, 8, 8]\n  relay\n}\n',
    good: 'import { head } from "./heads.cnn"\nnetwork A {\n  input x: [1, 8, 8]\n  head\n}\n',
  },
];
