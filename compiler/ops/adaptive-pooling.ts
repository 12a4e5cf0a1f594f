// Pools over a fixed number of windows that divide the image, as in PyTorch's AdaptiveAvgPool2d and AdaptiveMaxPool2d: window i of o
// covers the pixels from ⌊i·n/o⌋ up to ⌈(i + 1)·n/o⌉.

import type { Reduction } from '../ir/lowering.ts';
import type { Operator } from '../ir/operator.ts';
import { rangeOfFirst, rangeOfSign } from '../ir/range.ts';
import { adaptiveSpan } from './adaptive-windows.ts';
import { resultSize, sizeAt } from './attributes.ts';
import { greatestCommonDivisor, isImage, notAnImage, sentences, withinLimit } from './limits.ts';
import { image, size } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike } from './tensors.ts';

export interface AdaptivePooling extends Pick<
  Operator,
  'name' | 'companions' | 'elsewhere' | 'gradient' | 'takes' | 'unchanged'
> {
  readonly reduces: Reduction;
  /** The value of a window from its pixels. */
  readonly reduce: (pixels: readonly number[]) => number;
}

/** [C, H, W] → [C, OH, OW] */
export function defineAdaptivePooling({ name, reduces, reduce, ...rest }: AdaptivePooling): Operator {
  return {
    ...rest,
    name,
    attributes: { size: resultSize },
    constraints: { C1: sentences.image(name), C2: sentences.result(name) },
    infer([input], attributes, report) {
      const { shape } = input!;
      if (!isImage(shape)) return report('C1', notAnImage(shape));
      const result = [shape[0]!, ...sizeAt(attributes, 'size')];
      return withinLimit([{ ...input!, shape: result }], report, 'C2');
    },
    // x [N,C,H,W] → y [N,C,OH,OW]
    reference([x], attributes, [input]) {
      const [channels, height, width] = input!.shape as [number, number, number];
      const [oh, ow] = sizeAt(attributes, 'size');
      const y = allocateLike(x!, input!, [channels, oh, ow]);
      for (let at = 0; at < y.data.length; at += 1) {
        const [plane, oy, ox] = [Math.floor(at / (oh * ow)), Math.floor(at / ow) % oh, at % ow];
        const [rows, columns] = [adaptiveSpan(oy, height, oh), adaptiveSpan(ox, width, ow)];
        const pixels: number[] = [];
        for (let iy = rows.start; iy < rows.end; iy += 1) {
          for (let ix = columns.start; ix < columns.end; ix += 1) {
            pixels.push(x!.data[(plane * height + iy) * width + ix]!);
          }
        }
        y.data[at] = reduce(pixels);
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
    describe: (attributes) => `${name} ${sizeAt(attributes, 'size').join('×')}`,
    lowering: { kind: 'pool', reduces, windows: 'adaptive' },
    range: reduces === 'max' ? rangeOfFirst : rangeOfSign,
  };
}

/** Examples of their rules. */
export const adaptivePoolingExamples: RuleExamples = (name) => ({
  C1: image(`${name}(2)`),
  C2: size('[3, 8, 8]', `${name}(65536)`, `${name}(2)`),
});

/** With n = q·o + r, a window holds q pixels if r = 0; else q + 1, and q + 2 where its start is far enough off the grid. */
function longestSlot(input: number, output: number): number {
  const [quotient, rest] = [Math.floor(input / output), input % output];
  if (rest === 0) return quotient;
  return quotient + (rest > greatestCommonDivisor(output, rest) ? 2 : 1);
}
