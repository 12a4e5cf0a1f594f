// Enlarges the image by whole factors, as in PyTorch's Upsample with align_corners=False.

import type { Operator } from '../ir/operator.ts';
import { sizeAt, wordOf } from './attributes.ts';
import { resample, resamplingOf, resamplingWindow } from './resample.ts';
import { isImage, notAnImage, sentences, withinLimit } from './limits.ts';
import { image, size } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike } from './tensors.ts';
import { eachAxis } from './window.ts';

export const upsample: Operator = {
  name: 'upsample',
  attributes: {
    factor: { type: 'size', minimum: 1 },
    mode: {
      type: 'choice',
      choices: ['nearest', 'bilinear'],
      default: 'nearest',
    },
  },
  constraints: { C1: sentences.image('upsample'), C2: sentences.result('upsample') },
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    const [down, across] = sizeAt(attributes, 'factor');
    const result = [shape[0]!, shape[1]! * down, shape[2]! * across];
    return withinLimit([{ ...input!, shape: result }], report, 'C2');
  },
  // x [N,C,H,W] → y [N,C,H·f,W·f]
  reference([x], attributes, [input]) {
    if (wordOf(attributes, 'mode') === 'bilinear')
      return [resample(x!, input!, upsample.resampling!(attributes, [input!]))];
    const [channels, height, width] = input!.shape as [number, number, number];
    const [down, across] = sizeAt(attributes, 'factor');
    const y = allocateLike(x!, input!, [channels, height * down, width * across]);
    for (let at = 0; at < y.data.length; at += 1) {
      const [line, column] = [Math.floor(at / (width * across)), at % (width * across)];
      y.data[at] = x!.data[Math.floor(line / down) * width + Math.floor(column / across)]!;
    }
    return [y];
  },
  resampling(attributes, [input]) {
    const [, height, width] = input!.shape as [number, number, number];
    const [down, across] = sizeAt(attributes, 'factor');
    return resamplingOf(
      { mode: attributes['mode']!, align_corners: false },
      [height, width],
      [height * down, width * across],
    );
  },
  window(attributes, inputs) {
    if (wordOf(attributes, 'mode') === 'bilinear') return resamplingWindow(upsample.resampling!(attributes, inputs));
    const [down, across] = sizeAt(attributes, 'factor');
    return { kernel: [1, 1], stride: [1 / down, 1 / across], padding: [0, 0, 0, 0], dilation: [1, 1] };
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
  takes: (attributes) => (wordOf(attributes, 'mode') === 'nearest' ? 'moves' : 'numbers'),
  gradient({ apply, attributes, operands: [x], upstream: [dy], typeOf }) {
    const factor = sizeAt(attributes, 'factor');
    if (wordOf(attributes, 'mode') === 'bilinear')
      return [apply('resize_gradient', [dy!], { size: typeOf(x!).shape.slice(1), mode: 'bilinear' })];
    const mean = apply('avg_pool', [dy!], { kernel: factor });
    return [apply('times', [mean], { factor: factor[0] * factor[1] })];
  },
  // Bilinear enlarging adds neighbours with a weight of 0, which makes infinities NaN.
  unchanged: ({ attributes }) => wordOf(attributes, 'mode') === 'nearest',
};

/** Examples of its rules. */
export const upsampleExamples: RuleExamples = () => ({
  C1: image('upsample(2)'),
  C2: size('[3, 224, 224]', 'upsample(1000)', 'upsample(2)'),
});

const scaled = (extent: number, factor: number): string => `${extent}·${factor} = ${extent * factor}`;
