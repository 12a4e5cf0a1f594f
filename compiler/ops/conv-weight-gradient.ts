// ∂loss/∂weight of a convolution, from its input and ∂loss/∂y: a correlation of the two, summed over the images.

import type { Operator } from '../ir/operator.ts';
import { sizeOf, tensorType } from '../ir/tensor-type.ts';
import { numberOf, sizeAt, windowSpecs, wordOf } from './attributes.ts';
import { groupsSpec, modeSpec } from './convolution.ts';
import { batchOf } from './tensors.ts';
import { windowOf } from './window.ts';

export const convWeightGradient: Operator = {
  name: 'conv_weight_gradient',
  // The gradient of a convolution by its weight.
  internal: true,
  arity: { min: 2, max: 2 },
  attributes: { ...windowSpecs, groups: groupsSpec, mode: modeSpec },
  constraints: {},
  infer: ([x, dy], attributes) => [
    tensorType([dy!.shape[0]!, x!.shape[0]! / numberOf(attributes, 'groups'), ...sizeAt(attributes, 'kernel')], false),
  ],
  // x [N,C,H,W] · dy [N,O,OH,OW] → dw [O,C/g,KH,KW]
  reference([x, dy], attributes, [input, result]) {
    const [channels, height, width] = input!.shape as [number, number, number];
    const [outputs, oh, ow] = result!.shape as [number, number, number];
    const { kernel, stride, padding, dilation } = windowOf(attributes);
    const [kh, kw] = kernel;
    const groups = numberOf(attributes, 'groups');
    const [depth, share] = [channels / groups, outputs / groups];
    const flip = wordOf(attributes, 'mode') === 'convolution';
    const shape = [outputs, depth, kh, kw];
    const data = new Float64Array(sizeOf(shape));
    for (let at = 0; at < data.length; at += 1) {
      const [tap, d, o] = [at % (kh * kw), Math.floor(at / (kh * kw)) % depth, Math.floor(at / (kh * kw * depth))];
      const seen = flip ? kh * kw - 1 - tap : tap;
      const [ky, kx] = [Math.floor(seen / kw), seen % kw];
      let sum = 0;
      for (let n = 0; n < batchOf(x!, input!); n += 1) {
        const from = (n * channels + Math.floor(o / share) * depth + d) * height;
        for (let oy = 0; oy < oh; oy += 1) {
          const iy = oy * stride[0] - padding[0] + ky * dilation[0];
          if (iy < 0 || iy >= height) continue;
          for (let ox = 0; ox < ow; ox += 1) {
            const ix = ox * stride[1] - padding[1] + kx * dilation[1];
            if (ix < 0 || ix >= width) continue;
            sum += dy!.data[((n * outputs + o) * oh + oy) * ow + ox]! * x!.data[(from + iy) * width + ix]!;
          }
        }
      }
      data[at] = sum;
    }
    return [{ shape, data }];
  },
  macs: (_, [, dy], [dw]) => sizeOf(dw!.shape) * sizeOf(dy!.shape.slice(1)),
  lowering: { kind: 'convolution-weight-gradient' },
  groups: (attributes) => numberOf(attributes, 'groups'),
};
