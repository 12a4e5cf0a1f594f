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

test.each([
  ['conv(1, 3, dilation: 2147483647, padding: 2147483647)', 'limit/elements'],
  ['conv(1, 3, dilation: 1073741823, padding: same)', 'limit/elements'],
  ['conv(1, 3, padding: 1, stride: 2147483648)', 'argument/range'],
  ['depthwise_conv(3, dilation: 1073741824, padding: 1073741824)', 'limit/elements'],
  ['conv_transpose(1, kernel: 3, stride: 1073741824, padding: 3221225472)', 'limit/elements'],
  ['max_pool(9007199254740991, padding: 4503599627370495)', 'limit/elements'],
  ['avg_pool(65536, stride: 1, padding: 32768)', 'limit/elements'],
  ['lp_pool(3, stride: 4294967296)', 'argument/range'],
])('whatever indexes an image with its padding is a number of 32 bits: %s', (step, code) => {
  const source = { path: 'sizes.cnn', text: `network Sizes {\n  input x: [1, 8, 8]\n  ${step}\n}\n` };
  const { networks, diagnostics } = frontend(source, { operators });
  expect(diagnostics.map((one) => one.code)).toEqual([code]);
  expect(networks).toEqual([]);
});
