// Means over a fixed number of windows that divide the image, as in PyTorch's AdaptiveAvgPool2d: window i of o covers
// the pixels from ⌊i·n/o⌋ up to ⌈(i + 1)·n/o⌉.

import type { Operator } from '../ir/operator.ts';
import { adaptiveSpan } from './adaptive-windows.ts';
import { rangeOfSign } from '../ir/range.ts';
import { sizeAt } from './attributes.ts';
import { adaptiveAvgPoolGradient } from './avg-pool-gradient.ts';
import { fits, greatestCommonDivisor, isImage, notAnImage, sentences, tooLarge } from './limits.ts';
import { allocateLike } from './tensors.ts';

export const adaptiveAvgPool: Operator = {
  name: 'adaptive_avg_pool',
  summary: 'Averages windows chosen so that the result has the given height and width.',
  attributes: { size: { type: 'size', minimum: 1, doc: 'Height and width of the result.' } },
  constraints: { C1: sentences.image('adaptive_avg_pool'), C2: sentences.resultSize('adaptive_avg_pool') },
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    const result = [shape[0]!, ...sizeAt(attributes, 'size')];
    return fits(result) ? [{ ...input!, shape: result }] : report('C2', tooLarge(result));
  },
  // x [N,C,H,W] → y [N,C,OH,OW]
  reference([x], attributes, [input]) {
    const [channels, height, width] = input!.shape as [number, number, number];
    const [oh, ow] = sizeAt(attributes, 'size');
    const y = allocateLike(x!, input!, [channels, oh, ow]);
    for (let at = 0; at < y.data.length; at += 1) {
      const [plane, oy, ox] = [Math.floor(at / (oh * ow)), Math.floor(at / ow) % oh, at % ow];
      const [rows, columns] = [adaptiveSpan(oy, height, oh), adaptiveSpan(ox, width, ow)];
      let sum = 0;
      for (let iy = rows.start; iy < rows.end; iy += 1) {
        for (let ix = columns.start; ix < columns.end; ix += 1) sum += x!.data[(plane * height + iy) * width + ix]!;
      }
      y.data[at] = sum / ((rows.end - rows.start) * (columns.end - columns.start));
    }
    return [y];
  },
  window(attributes, [input]) {
    const [oh, ow] = sizeAt(attributes, 'size');
    const [, height, width] = input!.shape as [number, number, number];
    return {
      kernel: [longestSlot(height, oh), longestSlot(width, ow)],
      stride: [height / oh, width / ow],
      padding: [0, 0, 0, 0],
      dilation: [1, 1],
    };
  },
  describe: (attributes) => `adaptive_avg_pool ${sizeAt(attributes, 'size').join('×')}`,
  lowering: { kind: 'pool', reduces: 'mean', windows: 'adaptive' },
  range: rangeOfSign,
  unchanged: () => 'positive',
  companions: [adaptiveAvgPoolGradient],
  gradient: ({ apply, operands: [x], upstream: [dy], typeOf }) => [
    apply('adaptive_avg_pool_gradient', [dy!], { size: typeOf(x!).shape.slice(1) }),
  ],
};

/** With n = q·o + r, a window holds q pixels if r = 0; else q + 1, and q + 2 where its start is far enough off the grid. */
function longestSlot(input: number, output: number): number {
  const [quotient, rest] = [Math.floor(input / output), input % output];
  if (rest === 0) return quotient;
  return quotient + (rest > greatestCommonDivisor(output, rest) ? 2 : 1);
}
