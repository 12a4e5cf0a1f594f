// Enlarges the image by whole factors, as in PyTorch's Upsample with align_corners=False.

import type { Operator } from '../ir/operator.ts';
import { sizeAt, wordOf } from './attributes.ts';
import { blend } from './blend.ts';
import type { Tap } from './blend.ts';
import { upsampleGradient } from './upsample-gradient.ts';
import { fits, isImage, notAnImage, sentences, tooLarge } from './limits.ts';
import { allocateLike } from './tensors.ts';
import { eachAxis } from './window.ts';

export const upsample: Operator = {
  name: 'upsample',
  summary: 'Enlarges the image by repeating pixels or blending neighbours.',
  attributes: {
    factor: { type: 'size', minimum: 1, doc: 'How many times as high and as wide.' },
    mode: {
      type: 'choice',
      choices: ['nearest', 'bilinear'],
      default: 'nearest',
      doc: 'Repeat pixels, or blend the nearest four.',
    },
  },
  constraints: { C1: sentences.image('upsample'), C2: sentences.resultSize('upsample') },
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    const [down, across] = sizeAt(attributes, 'factor');
    const result = [shape[0]!, shape[1]! * down, shape[2]! * across];
    return fits(result) ? [{ ...input!, shape: result }] : report('C2', tooLarge(result));
  },
  // x [N,C,H,W] → y [N,C,H·f,W·f]
  reference([x], attributes, [input]) {
    const [channels, height, width] = input!.shape as [number, number, number];
    const [down, across] = sizeAt(attributes, 'factor');
    const [oh, ow] = [height * down, width * across];
    const taps = wordOf(attributes, 'mode') === 'bilinear' ? blend : repeat;
    const y = allocateLike(x!, input!, [channels, oh, ow]);
    for (let at = 0; at < y.data.length; at += 1) {
      const plane = Math.floor(at / (oh * ow)) * height * width;
      let sum = 0;
      for (const row of taps(Math.floor(at / ow) % oh, down, height)) {
        for (const column of taps(at % ow, across, width)) {
          sum += row.weight * column.weight * x!.data[plane + row.index * width + column.index]!;
        }
      }
      y.data[at] = sum;
    }
    return [y];
  },
  window(attributes) {
    const [down, across] = sizeAt(attributes, 'factor');
    const stride = [1 / down, 1 / across] as const;
    if (wordOf(attributes, 'mode') === 'nearest')
      return { kernel: [1, 1], stride, padding: [0, 0, 0, 0], dilation: [1, 1] };
    const [top, left] = [(1 - stride[0]) / 2, (1 - stride[1]) / 2];
    return { kernel: [2, 2], stride, padding: [top, left, top, left], dilation: [1, 1] };
  },
  explain(attributes, [input]) {
    const [down, across] = sizeAt(attributes, 'factor');
    return eachAxis(scaled(input!.shape[1]!, down), scaled(input!.shape[2]!, across));
  },
  describe(attributes) {
    const [down, across] = sizeAt(attributes, 'factor');
    return `upsample ·${down === across ? down : `${down}×${across}`}`;
  },
  lowering: { kind: 'upsample' },
  companions: [upsampleGradient],
  gradient({ apply, attributes, upstream: [dy] }) {
    const factor = sizeAt(attributes, 'factor');
    if (wordOf(attributes, 'mode') === 'bilinear') return [apply('upsample_gradient', [dy!], { factor })];
    const mean = apply('avg_pool', [dy!], { kernel: factor });
    return [apply('times', [mean], { factor: factor[0] * factor[1] })];
  },
  // Bilinear enlarging adds neighbours with a weight of 0, which makes infinities NaN.
  unchanged: ({ attributes }) => wordOf(attributes, 'mode') === 'nearest',
};

const repeat = (at: number, factor: number): readonly Tap[] => [{ index: Math.floor(at / factor), weight: 1 }];

const scaled = (extent: number, factor: number): string => `${extent}·${factor} = ${extent * factor}`;
