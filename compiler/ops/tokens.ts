// An image as a list of its pixels, row by row, each a token with a feature per channel (Dosovitskiy et al., 2021, ViT).

import type { Operator } from '../ir/operator.ts';
import { rangeOfFirst } from '../ir/range.ts';
import { isImage, notAnImage, sentences } from './limits.ts';
import { image } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike, transposeMatrices } from './tensors.ts';

export const tokens: Operator = {
  name: 'tokens',
  attributes: {},
  constraints: { C1: sentences.image('tokens') },
  infer([input], _, report) {
    if (!isImage(input!.shape)) return report('C1', notAnImage(input!.shape));
    const [channels, height, width] = input!.shape as [number, number, number];
    return [{ ...input!, shape: [height * width, channels] }];
  },
  // x [N,C,H,W] → y [N,H·W,C]
  reference([x], _, [input]) {
    const [channels, height, width] = input!.shape as [number, number, number];
    const y = allocateLike(x!, input!, [height * width, channels]);
    transposeMatrices(x!.data, y.data, channels, height * width);
    return [y];
  },
  explain: (_, [input]) => `${input!.shape[1]}·${input!.shape[2]} = ${input!.shape[1]! * input!.shape[2]!}`,
  lowering: { kind: 'view', of: 'pixels' },
  takes: () => 'moves',
  onImages({ apply, operands: [x], inputs: [input] }) {
    const [channels, height, width] = input!.shape as [number, number, number];
    return [apply('reshape', [x!], { shape: [channels, 1, height * width] })];
  },
  range: rangeOfFirst,
  gradient: ({ apply, operands: [x], upstream: [dy], typeOf }) => [
    apply('to_image', [dy!], { size: typeOf(x!).shape.slice(1) }),
  ],
};

/** Examples of its rules. */
export const tokensExamples: RuleExamples = () => ({ C1: image('tokens') });
