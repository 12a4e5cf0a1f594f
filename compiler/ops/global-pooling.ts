// What the global pools share: one number from each whole channel.

import type { Reduction } from '../ir/lowering.ts';
import type { Operator } from '../ir/operator.ts';
import { rangeOfFirst, rangeOfSign } from '../ir/range.ts';
import { isImage, notAnImage, sentences } from './limits.ts';
import { image } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike } from './tensors.ts';
import { wholeMap } from './window.ts';

export interface GlobalPooling extends Pick<Operator, 'name' | 'companions' | 'gradient' | 'takes'> {
  readonly reduces: Reduction;
  readonly reduce: (plane: Float64Array) => number;
}

/** [C, H, W] → [C, 1, 1] */
export function defineGlobalPooling({ name, reduces, reduce, ...rest }: GlobalPooling): Operator {
  return {
    ...rest,
    name,
    attributes: {},
    constraints: { C1: sentences.image(name) },
    infer([input], _, report) {
      const { shape } = input!;
      return isImage(shape) ? [{ ...input!, shape: [shape[0]!, 1, 1] }] : report('C1', notAnImage(shape));
    },
    // x [N,C,H,W] → y [N,C,1,1]
    reference([x], _, [input]) {
      const [channels, height, width] = input!.shape as [number, number, number];
      const y = allocateLike(x!, input!, [channels, 1, 1]);
      for (let plane = 0; plane < y.data.length; plane += 1) {
        y.data[plane] = reduce(x!.data.subarray(plane * height * width, (plane + 1) * height * width));
      }
      return [y];
    },
    window: wholeMap,
    lowering: { kind: 'pool', reduces, windows: 'global' },
    range: reduces === 'max' ? rangeOfFirst : rangeOfSign,
    // The mean of one pixel is a sum of one element, which makes −0 +0.
    unchanged: () => (reduces === 'max' ? true : 'positive'),
  };
}

/** Examples of their rules. */
export const globalPoolingExamples: RuleExamples = (name) => ({
  C1: image(name),
});
