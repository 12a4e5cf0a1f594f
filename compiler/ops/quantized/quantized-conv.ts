// Convolution of codes with weights of 8 bits, in sums of 32: Σ code·weight, where padding reads as the operand's zero point, plus a
// bias that has taken away what the zero point adds, so that the sum is Σ (code − zero)·weight + b in units of both scales.

import type { Attributes } from '../../ir/graph.ts';
import type { Operator, Tensor } from '../../ir/operator.ts';
import type { TensorType } from '../../ir/tensor-type.ts';
import { sizeOf } from '../../ir/tensor-type.ts';
import { numberOf, sizeAt, windowSpecs } from '../attributes.ts';
import { conv } from '../conv.ts';
import { convolve, groupConstraints, groupsSpec, weightShape } from '../convolution.ts';
import type { Channels } from '../convolution.ts';
import { sentences } from '../limits.ts';
import { describeWindow, resolveSame, windowOf } from '../window.ts';
import { areCodes, codesSentence, integers, multipliers, rangeOf, rangeParameter, requantized } from './codes.ts';

/** Codes of another scale: each sum times its channel's multiplier. */
export const quantizedConv = quantizedConvolution('quantized_conv', 'u8');

/** Numbers: for a result that no codes are computed from. */
export const quantizedConvF32 = quantizedConvolution('quantized_conv_f32', 'f32');

function quantizedConvolution(name: string, result: 'u8' | 'f32'): Operator {
  return {
    name,
    internal: true,
    attributes: {
      // Output channels.
      channels: { type: 'int', minimum: 1 },
      ...windowSpecs,
      groups: groupsSpec,
      spread: {
        type: 'size',
        default: [1, 1],
        minimum: 1,
        // Pixels that channels become: squares of them, row by row, with the channels of each.
      },
    },
    constraints: {
      C1: sentences.image(name),
      ...groupConstraints(name),
      C4: sentences.window(name),
      C5: sentences.size(name),
      C6: codesSentence(name),
      C7: `what \`${name}\` spreads must have one group, and as many channels for each pixel`,
    },
    canonical: resolveSame,
    infer(inputs, attributes, report) {
      if (!areCodes(inputs, 'C6', report)) return undefined;
      const [down, across] = sizeAt(attributes, 'spread');
      const channels = numberOf(attributes, 'channels');
      const isWhole = channels % (down * across) === 0 && (down * across === 1 || attributes['groups'] === 1);
      if (!isWhole) return report('C7', { found: `${channels} channels`, expected: `a multiple of ${down * across}` });
      return conv.infer(inputs, attributes, report)?.map(({ shape, ...type }) => {
        const [, height, width] = shape as readonly [number, number, number];
        return { ...type, shape: [channels / (down * across), height * down, width * across], element: result };
      });
    },
    // codes [N,C,H,W] · weight [O,C/g,KH,KW] · bias [O] · multiplier [O] · ranges [3] → y [N,O,OH,OW]
    reference([x, weight, bias, multiplier, before, after], attributes, [input]) {
      const sums = sumsOf([x!, weight!, bias!], rangeOf(before!).zero, attributes, input!);
      const [, outputs, height, width] = sums.shape as [number, number, number, number];
      const factorOf = (at: number): number => multiplier!.data[Math.floor(at / (height * width)) % outputs]!;
      const range = after && rangeOf(after);
      const data = sums.data.map((sum, at) =>
        range ? requantized(sum, factorOf(at), range) : Math.fround(Math.fround(sum) * factorOf(at)),
      );
      return [spreadPixels({ shape: sums.shape, data }, sizeAt(attributes, 'spread'))];
    },
    parameters(attributes, [input]) {
      const channels = numberOf(attributes, 'channels');
      return [
        integers('weight', weightShape(input!.shape, attributes, channelsOf(attributes)), 'i8'),
        integers('bias', [channels], 'i32'),
        multipliers('multiplier', [channels]),
        rangeParameter('input_range'),
        ...(result === 'u8' ? [rangeParameter('range')] : []),
      ];
    },
    macs(attributes, [input], [output]) {
      const weights = sizeOf(weightShape(input!.shape, attributes, channelsOf(attributes)));
      const [down, across] = sizeAt(attributes, 'spread');
      return (weights * sizeOf(output!.shape.slice(1))) / (down * across);
    },
    window(attributes) {
      const { stride, ...window } = windowOf(attributes);
      const [down, across] = sizeAt(attributes, 'spread');
      return { ...window, stride: [stride[0] / down, stride[1] / across] };
    },
    describe: (attributes) => describeWindow(name, attributes),
    takes: () => 'codes',
    lowering: { kind: 'quantized-convolution', result },
    groups: (attributes) => numberOf(attributes, 'groups'),
  };
}

function channelsOf(attributes: Attributes): Channels {
  return { channels: numberOf(attributes, 'channels'), groups: numberOf(attributes, 'groups') };
}

/** y[n, o, q·down + i, p·across + j] = x[n, (i·across + j)·O + o, q, p] */
function spreadPixels(x: Tensor, [down, across]: readonly [number, number]): Tensor {
  const [images, inner, height, width] = x.shape as [number, number, number, number];
  const [channels, rows, columns] = [inner / (down * across), height * down, width * across];
  const data = x.data.map((_, at) => {
    const [plane, row, column] = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
    const phase = (row % down) * across + (column % across);
    const channel = Math.floor(plane / channels) * inner + phase * channels + (plane % channels);
    return x.data[(channel * height + Math.floor(row / down)) * width + Math.floor(column / across)]!;
  });
  return { shape: [images, channels, rows, columns], data };
}

/** bias + Σ code·weight, with `zero` in the padding. The differences to `zero` are convolved, which are 0 there. */
function sumsOf(
  [x, weight, bias]: readonly [Tensor, Tensor, Tensor],
  zero: number,
  attributes: Attributes,
  input: TensorType,
): Tensor {
  const differences = { shape: x.shape, data: x.data.map((code) => code - zero) };
  const filter = sizeOf(weight.shape.slice(1));
  const shifted = bias.data.map((sum, o) => {
    const taps = weight.data.subarray(o * filter, (o + 1) * filter);
    return sum + zero * taps.reduce((total, tap) => total + tap, 0);
  });
  const operands = [differences, weight, { shape: bias.shape, data: shifted }];
  return convolve(operands, { ...attributes, mode: 'cross_correlation' }, input, channelsOf(attributes));
}
