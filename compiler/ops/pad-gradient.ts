// ∂loss/∂x of a pad, from ∂loss/∂y: the image is cut out of it; what was mirrored or repeated is added where it came from.

import type { Operator } from '../ir/operator.ts';
import { formatShape } from '../ir/tensor-type.ts';
import { paddingOf, wordOf } from './attributes.ts';
import { padModeSpec, padSources } from './pad-sources.ts';
import { allocateLike } from './tensors.ts';

export const padGradient: Operator = {
  name: 'pad_gradient',
  // The gradient of `pad`.
  internal: true,
  attributes: {
    // Rows and columns that were added on each side.
    padding: { type: 'padding', minimum: 0 },
    mode: padModeSpec,
  },
  constraints: { C1: 'a row and a column must be left without the padding' },
  infer([dy], attributes, report) {
    const [top, left, bottom, right] = paddingOf(attributes);
    const [channels, oh, ow] = dy!.shape as [number, number, number];
    const shape = [channels, oh - top - bottom, ow - left - right];
    return Math.min(...shape) < 1 ? report('C1', { found: formatShape(shape) }) : [{ ...dy!, shape }];
  },
  // dy [N,C,T+H+B,L+W+R] → dx [N,C,H,W]
  reference([dy], attributes, [type]) {
    const [top, left, bottom, right] = paddingOf(attributes);
    const [channels, oh, ow] = type!.shape as [number, number, number];
    const [height, width] = [oh - top - bottom, ow - left - right];
    const source = padSources[wordOf(attributes, 'mode') as keyof typeof padSources];
    const dx = allocateLike(dy!, type!, [channels, height, width]);
    dy!.data.forEach((value, at) => {
      const plane = Math.floor(at / (oh * ow));
      const iy = source((Math.floor(at / ow) % oh) - top, height);
      const ix = source((at % ow) - left, width);
      if (iy >= 0 && ix >= 0) dx.data[(plane * height + iy) * width + ix]! += value;
    });
    return [dx];
  },
  lowering: { kind: 'pad-gradient' },
};
