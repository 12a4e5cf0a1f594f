// Sizes as the book writes them in 7.3: kernels, paddings and strides that differ between height and width.

import { expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';

test.each([
  ['kernel: 3, padding: 1', [1, 8, 8]],
  ['kernel: 5x3, padding: 2x1', [1, 8, 8]],
  ['kernel: 3, padding: 1, stride: 2', [1, 4, 4]],
  ['kernel: 3x5, padding: 0x1, stride: 3x4', [1, 2, 2]],
])('an 8×8 map under %s', (text, shape) => {
  const source = { path: 'sizes.cnn', text: `network Sizes {\n  input x: [1, 8, 8]\n  conv(1, ${text})\n}\n` };
  const { networks, diagnostics } = frontend(source, { operators });
  expect(diagnostics).toEqual([]);
  const { graph } = networks[0]!;
  expect(graph.types.get(graph.outputs[0]!.value)!.shape).toEqual(shape);
});
