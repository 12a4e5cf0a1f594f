// ∂loss/∂x of a bilinear enlargement, from ∂loss/∂y: each pixel's part of every blend. (Where pixels are repeated, it is a sum of
// windows, for which avg_pool serves.)

import type { Operator } from '../ir/operator.ts';
import { formatShape } from '../ir/tensor-type.ts';
import { sizeAt } from './attributes.ts';
import { blend } from './blend.ts';
import { allocateLike } from './tensors.ts';

export const upsampleGradient: Operator = {
  name: 'upsample_gradient',
  summary: 'The gradient of a bilinear `upsample`.',
  internal: true,
  attributes: { factor: { type: 'size', minimum: 1, doc: 'How many times as high and as wide the result was.' } },
  constraints: { C1: 'the factors must divide height and width' },
  infer([dy], attributes, report) {
    const [down, across] = sizeAt(attributes, 'factor');
    const shape = [dy!.shape[0]!, dy!.shape[1]! / down, dy!.shape[2]! / across];
    return shape.every(Number.isInteger) ? [{ ...dy!, shape }] : report('C1', { found: formatShape(dy!.shape) });
  },
  // dy [N,C,H·f,W·f] → dx [N,C,H,W]
  reference([dy], attributes, [type]) {
    const [down, across] = sizeAt(attributes, 'factor');
    const [channels, oh, ow] = type!.shape as [number, number, number];
    const [height, width] = [oh / down, ow / across];
    const dx = allocateLike(dy!, type!, [channels, height, width]);
    dy!.data.forEach((value, at) => {
      const plane = Math.floor(at / (oh * ow)) * height * width;
      for (const row of blend(Math.floor(at / ow) % oh, down, height)) {
        for (const column of blend(at % ow, across, width)) {
          dx.data[plane + row.index * width + column.index]! += row.weight * column.weight * value;
        }
      }
    });
    return [dx];
  },
  lowering: { kind: 'upsample-gradient' },
};
