// Rows and columns of an image: the middle of it, as the copies of U-Net's contracting path (Ronneberger et al., 2015), or from an offset on.

import type { Attributes } from '../ir/graph.ts';
import type { Box, Operator } from '../ir/operator.ts';
import { rangeOfFirst } from '../ir/range.ts';
import { listOf, resultSize, sizeAt } from './attributes.ts';
import { cutOut } from './box.ts';
import { isImage, notAnImage, sentences } from './limits.ts';
import { image, step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';

export const crop: Operator = {
  name: 'crop',
  attributes: {
    size: resultSize,
    offset: {
      type: 'ints',
      default: null,
      minimum: 0,
    },
  },
  constraints: {
    C1: sentences.image('crop'),
    C2: 'the result of `crop` must lie in the image',
    C3: 'the offset of `crop` must be two numbers: rows and columns',
  },
  canonical(attributes, [input]) {
    if (attributes['offset'] !== undefined || !input || !isImage(input.shape)) return attributes;
    const size = sizeAt(attributes, 'size');
    const margins = size.map((extent, at) => input.shape[at + 1]! - extent);
    if (margins.some((margin) => margin < 0)) return attributes;
    return { ...attributes, offset: margins.map((margin) => Math.floor(margin / 2)) };
  },
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    const size = sizeAt(attributes, 'size');
    const offset = attributes['offset'] === undefined ? [0, 0] : listOf(attributes, 'offset');
    if (offset.length !== 2) return report('C3', { found: `[${offset.join(', ')}]`, attribute: 'offset' });
    if (size.every((extent, at) => offset[at]! + extent <= shape[at + 1]!))
      return [{ ...input!, shape: [shape[0]!, ...size] }];
    const from = offset.some((extent) => extent > 0) ? ` from ${offset.join('×')}` : '';
    return report('C2', {
      found: `${size.join('×')}${from}`,
      expected: `at most ${shape.slice(1).join('×')}`,
      attribute: from === '' ? 'size' : 'offset',
    });
  },
  // x [N,C,H,W] → y [N,C,h,w]
  reference: ([x], attributes, [input]) => [
    cutOut(x!, input!, boxOf(attributes), [input!.shape[0]!, ...sizeAt(attributes, 'size')]),
  ],
  box: boxOf,
  window: (attributes) => {
    const [top, left] = listOf(attributes, 'offset') as [number, number];
    return { kernel: [1, 1], stride: [1, 1], padding: [-top, -left, 0, 0], dilation: [1, 1] };
  },
  describe: (attributes) => `crop ${sizeAt(attributes, 'size').join('×')}`,
  lowering: { kind: 'view', of: 'box' },
  takes: () => 'moves',
  gradient({ apply, attributes, operands: [x], upstream: [dy], typeOf }) {
    const { start, step: by } = boxOf(attributes);
    return [apply('box_gradient', [dy!], { start, step: by, shape: typeOf(x!).shape })];
  },
  range: rangeOfFirst,
  unchanged: () => true,
  elsewhere: {
    PyTorch: { center_crop: { differs: 'an odd margin is rounded down here: crop(6)' } },
    Keras: { Cropping2D: { differs: 'the size of the result is written: crop(6), crop(6, offset: [1, 2])' } },
    Caffe: { Crop: { differs: 'the size of the result is written: crop(x.size)' } },
  },
};

/** Examples of its rules. */
export const cropExamples: RuleExamples = () => ({
  C1: image('crop(4)'),
  C2: step('It cuts off rows and columns; `pad` adds some.', '[4, 8, 8]', 'crop(10)', 'crop(6)'),
  C3: step('Rows first, then columns.', '[4, 8, 8]', 'crop(6, offset: [1])', 'crop(6, offset: [1, 2])'),
});

function boxOf(attributes: Attributes): Box {
  return { start: [0, ...listOf(attributes, 'offset')], step: [1, 1, 1] };
}
