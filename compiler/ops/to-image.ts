// Tokens back in their places as the pixels of an image: the reverse of `tokens`.

import type { Operator } from '../ir/operator.ts';
import { rangeOfFirst } from '../ir/range.ts';
import { formatShape } from '../ir/tensor-type.ts';
import { sizeAt } from './attributes.ts';
import { isTokens, notTokens, sentences } from './limits.ts';
import { network, step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike, transposeMatrices } from './tensors.ts';

export const toImage: Operator = {
  name: 'to_image',
  attributes: { size: { type: 'size', minimum: 1 } },
  constraints: {
    C1: sentences.tokens('to_image'),
    C2: 'the image of `to_image` must have as many pixels as there are tokens',
  },
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isTokens(shape)) return report('C1', notTokens(shape));
    const [length, features] = shape as [number, number];
    const [height, width] = sizeAt(attributes, 'size');
    if (height * width === length) return [{ ...input!, shape: [features, height, width] }];
    return report('C2', {
      found: `${height}×${width} = ${height * width} pixels`,
      expected: `${length}, as in ${formatShape(shape)}`,
      attribute: 'size',
    });
  },
  // x [N,H·W,C] → y [N,C,H,W]
  reference([x], attributes, [input]) {
    const [length, features] = input!.shape as [number, number];
    const y = allocateLike(x!, input!, [features, ...sizeAt(attributes, 'size')]);
    transposeMatrices(x!.data, y.data, length, features);
    return [y];
  },
  describe: (attributes) => `to_image ${sizeAt(attributes, 'size').join('×')}`,
  lowering: { kind: 'view', of: 'pixels' },
  takes: () => 'moves',
  onImages: ({ apply, attributes, operands: [x], inputs: [input] }) => [
    apply('reshape', [x!], { shape: [input!.shape[1]!, ...sizeAt(attributes, 'size')] }),
  ],
  range: rangeOfFirst,
  gradient: ({ apply, upstream: [dy] }) => [apply('tokens', [dy!])],
};

/** Examples of its rules. */
export const toImageExamples: RuleExamples = () => ({
  C1: {
    explanation: 'It puts tokens in rows and columns; an image is in such an order already.',
    bad: network('[4, 8, 8]', 'to_image(8)'),
    good: network('[4, 8, 8]', 'tokens', 'to_image(8)'),
  },
  C2: step('Each token is one pixel, row by row.', '[64, 4]', 'to_image(7)', 'to_image(8)'),
});
