// What the front end says of values with properties, lists of values, shared weights and learned tensors.

import { inNetwork as network } from './entry.ts';
import type { CatalogEntry } from './entry.ts';

export const valueEntries: readonly CatalogEntry[] = [
  {
    code: 'value/property',
    title: 'no such property',
    explanation:
      'Images have channels, height, width and size, tokens length and features, flat values features; numbers and lists have none.',
    bad: network('conv(x.length, kernel: 3)'),
    good: network('conv(x.channels, kernel: 3)'),
  },
  {
    code: 'flow/number',
    title: 'number where a value flows',
    explanation: 'A number can be joined with a value, x * 2, or be given to a step; by itself it does not flow.',
    bad: network('const n = 2\n  n * 3 -> relu'),
    good: network('const n = 2\n  x * n * 3 -> relu'),
  },
  {
    code: 'flow/list',
    title: 'list of values where one is needed',
    explanation:
      'A list that `collect`, `input xs[]` or a block with several results gives flows into joins and into blocks with such an input.',
    bad: network('repeat 2 collect xs { relu }\n  a = xs -> concat : [2, 8, 8]\n  xs + a'),
    good: network('repeat 2 collect xs { relu }\n  a = xs -> concat : [2, 8, 8]\n  xs[0] + a'),
  },
  {
    code: 'share/shape',
    title: 'shared weights of two shapes',
    explanation:
      'All uses of a `share` read the same weights, so what flows into them has the same number of channels.',
    bad: network('share s = conv(2, kernel: 1)\n  s -> s'),
    good: network('share s = conv(1, kernel: 1)\n  s -> s'),
  },
  {
    code: 'share/value',
    title: 'share that starts from a value',
    explanation: 'What flows into the steps of a `share` is what flows where the name is used.',
    bad: network('share s = x -> conv(1, kernel: 1)\n  s'),
    good: network('share s = conv(1, kernel: 1)\n  s'),
  },
  {
    code: 'learned/shape',
    title: 'no shape of a learned tensor',
    explanation:
      'A learned tensor is as large for every image; its shape has no batch axis, and no extent is left open.',
    bad: network('learned gamma: [_, 1, 1]\n  mul(gamma)'),
    good: network('learned gamma: [x.channels, 1, 1]\n  mul(gamma)'),
  },
  {
    code: 'learned/step',
    title: 'step on a learned tensor alone',
    explanation:
      'What is computed of learned tensors alone is computed when the network loads: arithmetic and elementwise steps. All else takes values of images.',
    bad: network('learned t: [1, 8, 8]\n  y = t -> conv(1, kernel: 1)\n  x + y'),
    good: network('learned t: [1, 8, 8]\n  y = x + t -> conv(1, kernel: 1)\n  x + y'),
  },
  {
    code: 'learned/output',
    title: 'output that depends on no input',
    explanation: 'It would be the same for every image.',
    bad: network('learned t: [1, 8, 8]\n  y = x -> relu\n  a = t -> mul(2)\n  output y, a'),
    good: network('learned t: [1, 8, 8]\n  y = x -> relu\n  a = t * x\n  output y, a'),
  },
];
