// ∂loss/∂x of a convolution, from ∂loss/∂y and its weight: a transposed convolution with the same weight, whose result has the
// height and width of x.

import type { Operator, Tensor, Window } from '../ir/operator.ts';
import { sizeOf, tensorType } from '../ir/tensor-type.ts';
import { inputSize, numberOf, sizeAt, windowSpecs, wordOf } from './attributes.ts';
import { groupsSpec, modeSpec } from './convolution.ts';
import { windowOf } from './window.ts';
import { outputPaddingFor, transposedConvolve } from './conv-transpose.ts';

export const convInputGradient: Operator = {
  name: 'conv_input_gradient',
  // The gradient of a convolution by its input.
  internal: true,
  arity: { min: 2, max: 2 },
  attributes: {
    // Channels of the input.
    channels: { type: 'int', minimum: 1 },
    size: inputSize,
    ...windowSpecs,
    groups: groupsSpec,
    mode: modeSpec,
  },
  constraints: {},
  infer: ([dy], attributes) => [
    tensorType([numberOf(attributes, 'channels'), ...sizeAt(attributes, 'size')], dy!.batched),
  ],
  // dy [N,O,OH,OW] · w [O,C/g,KH,KW] → dx [N,C,H,W]
  reference([dy, w], attributes, [type]) {
    const weight = wordOf(attributes, 'mode') === 'convolution' ? flipped(w!) : w!;
    const output = outputPaddingFor(attributes, type!.shape, sizeAt(attributes, 'size'));
    return [transposedConvolve([dy!, weight], { ...attributes, output_padding: output }, type!)];
  },
  // Where every window is one pixel on, it is a convolution with the filters turned and transposed.
  window(attributes) {
    const { kernel, stride, padding, dilation } = windowOf(attributes);
    const lead = kernel.map((taps, axis) => (taps - 1) * dilation[axis]!);
    return {
      kernel,
      stride: [1 / stride[0], 1 / stride[1]],
      padding: padding.map((count, side) => lead[side % 2]! - count) as unknown as Window['padding'],
      dilation,
    };
  },
  // As many as the convolution itself: each weight at each pixel of its result.
  macs: (_, [dy, w]) => sizeOf(w!.shape) * sizeOf(dy!.shape.slice(1)),
  lowering: { kind: 'convolution-input-gradient' },
  groups: (attributes) => numberOf(attributes, 'groups'),
};

/** Every kernel turned by 180°. */
function flipped({ shape, data }: Tensor): Tensor {
  const area = shape[2]! * shape[3]!;
  return {
    shape,
    data: data.map((_, at) => data[at - (at % area) + (area - 1 - (at % area))]!),
  };
}
