// Errors of settings in braces, of `train` and of `expect`.

import { inNetwork as network } from './entry.ts';
import type { CatalogEntry } from './entry.ts';

const input = (text: string): string => `network A {\n  input x: ${text}\n  relu\n}\n`;

export const settingEntries: readonly CatalogEntry[] = [
  {
    code: 'setting/unknown',
    title: 'unknown setting',
    explanation: 'The expected line lists the settings.',
    bad: input('[1, 8, 8] { rescale: 1/255 }'),
    good: input('[1, 8, 8] { scale: 1/255 }'),
  },
  {
    code: 'setting/duplicate',
    title: 'set twice',
    explanation: 'Every setting is given once.',
    bad: input('[1, 8, 8] { scale: 1  scale: 2 }'),
    good: input('[1, 8, 8] { scale: 1 }'),
  },
  {
    code: 'setting/value',
    title: 'unknown word',
    explanation: 'The expected line lists the words of this setting.',
    bad: `${network('relu')}train A { optimizer: lion(0.1) }\n`,
    good: `${network('relu')}train A { optimizer: adam(0.1) }\n`,
  },
  {
    code: 'setting/auxiliary',
    title: 'only auxiliary outputs',
    explanation:
      'An output with `auxiliary` is there for the training only, which adds its loss to that of an output without; the network is left with the others.',
    bad: network('flatten\n  a = dense(2)\n  output a { auxiliary: 0.3 }'),
    good: network('flatten\n  a = dense(2)\n  b = dense(2)\n  output a { auxiliary: 0.3 }\n  output b'),
  },
  {
    code: 'setting/labels',
    title: 'labels for other classes',
    explanation:
      'Labels name the classes of an output, one each; an output with other classes has an `output` line of its own.',
    bad: network('flatten\n  a = dense(2)\n  b = dense(3)\n  output a, b { labels: ["x", "y"] }'),
    good: network('flatten\n  a = dense(2)\n  b = dense(3)\n  output a { labels: ["x", "y"] }\n  output b'),
  },
  {
    code: 'setting/missing',
    title: 'setting missing',
    explanation: 'Training needs an optimizer; everything else has a default.',
    bad: `${network('relu')}train A { epochs: 3 }\n`,
    good: `${network('relu')}train A { optimizer: sgd(0.1) }\n`,
  },
  {
    code: 'expect/unknown-quantity',
    title: 'unknown quantity',
    explanation:
      'Budgets limit parameters, macs, peak_memory, module_size, kernel_calls, receptive_field and output. Time depends on the machine and is measured by `cnnc bench`.',
    bad: `${network('relu')}expect A { params <= 3 }\n`,
    good: `${network('relu')}expect A { parameters <= 3 }\n`,
  },
  {
    code: 'expect/comparison',
    title: 'comparison of shapes',
    explanation: 'An output shape can only be equal to another or not: use == or !=.',
    bad: `${network('relu')}expect A { output <= [1, 8, 8] }\n`,
    good: `${network('relu')}expect A { output == [1, 8, 8] }\n`,
  },
  {
    code: 'expect/failed',
    title: 'budget not met',
    explanation: 'The network needs more than its `expect` section allows, or has another shape.',
    bad: `${network('conv(4, kernel: 3)')}expect A { parameters <= 30 }\n`,
    good: `${network('conv(4, kernel: 3)')}expect A { parameters <= 40 }\n`,
  },
  {
    code: 'expect/skipped',
    title: 'budgets skipped',
    explanation: 'Budgets apply to the network as written; --set makes it a different one.',
    bad: `${network('conv(classes, kernel: 3)').replace('A {', 'A(classes: int = 4) {')}expect A { parameters <= 40 }\n`,
    good: network('conv(classes, kernel: 3)').replace('A {', 'A(classes: int = 4) {'),
  },
];
