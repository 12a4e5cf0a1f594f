// What `resize`, `fit`, `filter` and `fill` of an input say, and what they refuse.

import { describe, expect, test } from 'vitest';
import { parseGraph } from '../../compiler/ir/parse-text.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { buildNetworks } from '../../src/network/networks.ts';

const build = (settings: string, channels = 3) =>
  buildNetworks(
    {
      path: 'a.cnn',
      text: `network A { input x: [${channels}, 8, 16] { ${settings} }\n flatten\n y = dense(2)\n output y }`,
    },
    {},
  );

test.each([
  ['resize: 16', { resize: 16 }],
  ['resize: 8x16', { resize: [8, 16] }],
  ['resize: 8x16  fit: cover', { resize: [8, 16], fit: 'cover' }],
  ['fit: contain  fill: [1, 2, 3]', { resize: [8, 16], fit: 'contain', fill: [1, 2, 3] }],
  ['resize: 10x20  crop: 8x16  filter: nearest', { resize: [10, 20], crop: [8, 16], filter: 'nearest' }],
  ['resize: 16  crop: 8x16  filter: bicubic', { resize: 16, crop: [8, 16], filter: 'bicubic' }],
])('%s', (settings, expected) => {
  const { networks, diagnostics } = build(settings);
  expect(diagnostics).toEqual([]);
  const { graph } = networks[0]!;
  expect(graph.inputs[0]!.settings).toEqual({ scale: 1 / 255, colors: 'rgb', ...expected });
  expect(parseGraph(printGraph(graph, operators), operators).inputs[0]!.settings).toEqual(graph.inputs[0]!.settings);
});

describe('one mistake is one error', () => {
  test.each([
    ['resize: 16  fit: cover', 'input/fit', '16x16'],
    ['resize: 9x16', 'input/crop', '8x16'],
    ['resize: 7x16  crop: 8x16', 'input/crop', '8x16'],
    ['resize: [8, 16]', 'type/mismatch', '8x16'],
    ['resize: 0x16', 'argument/range', '1x16'],
    ['fit: squash', 'type/mismatch', 'write stretch or cover or contain'],
    ['fit: "cover"', 'type/mismatch', 'did you mean `cover`?'],
    ['fit: Contain', 'type/mismatch', 'did you mean `contain`?'],
    ['resize: 8x16  filter: cubic', 'type/mismatch', 'did you mean `bicubic`?'],
    ['resize: 8x16  interpolation: bilinear', 'setting/unknown', 'did you mean `filter`?'],
    ['filter: nearest', 'input/fit', 'write resize: 8x16'],
    ['fit: cover  fill: [1, 2, 3]', 'input/fit', 'fit: contain'],
    ['fit: contain  fill: [1, 2]', 'input/channels', 'write 3 numbers'],
    ['fit: contain  fill: [1, 2, 256]', 'argument/range', '255'],
    ['colors: grb', 'type/mismatch', 'did you mean `rgb`?'],
  ])('%s', (settings, code, fix) => {
    const { diagnostics } = build(settings);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    expect(diagnostics[0]!.fixes?.[0]?.message).toContain(fix);
  });
});
