// The axes of an image in another order: `permute(hwc)` makes rows of it the channels.

import type { Operator } from '../ir/operator.ts';
import { rangeOfFirst } from '../ir/range.ts';
import type { Attributes } from '../ir/graph.ts';
import { wordOf } from './attributes.ts';
import { isImage, notAnImage, sentences } from './limits.ts';
import { permuted } from './permuted.ts';
import { image } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { everything } from './window.ts';

export const permute: Operator = {
  name: 'permute',
  attributes: {
    order: {
      type: 'choice',
      choices: ['chw', 'cwh', 'hcw', 'hwc', 'wch', 'whc'],
    },
  },
  constraints: { C1: sentences.image('permute') },
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    return [{ ...input!, shape: axesOf(attributes).map((axis) => shape[axis]!) }];
  },
  // x [N,C,H,W] → y [N,…] as the order says
  reference: ([x], attributes, [input]) => [permuted(x!, input!, axesOf(attributes))],
  axes: axesOf,
  window: everything,
  describe: (attributes) => `permute ${wordOf(attributes, 'order')}`,
  lowering: { kind: 'permute' },
  takes: () => 'moves',
  gradient({ apply, attributes, upstream: [dy] }) {
    const axes = axesOf(attributes);
    const back = [...'chw'].map((_, axis) => 'chw'[axes.indexOf(axis)]!).join('');
    return [apply('permute', [dy!], { order: back })];
  },
  range: rangeOfFirst,
  unchanged: ({ attributes }) => wordOf(attributes, 'order') === 'chw',
  elsewhere: {
    Keras: { Permute: { differs: 'the axes have names: after permute(hwc) the former rows are the channels' } },
    ONNX: { Transpose: { differs: 'the axes have names: perm=[0, 2, 3, 1] is permute(hwc)' } },
  },
};

/** Examples of its rules. */
export const permuteExamples: RuleExamples = () => ({ C1: image('permute(hwc)') });

function axesOf(attributes: Attributes): readonly number[] {
  return [...wordOf(attributes, 'order')].map((letter) => 'chw'.indexOf(letter));
}
