// Convolution of codes with weights of 8 bits, in sums of 32: Σ code·weight, where padding reads as the operand's zero point, plus a
// bias that has taken away what the zero point adds, so that the sum is Σ (code − zero)·weight + b in units of both scales.

import type { Attributes } from '../../ir/graph.ts';
import type { Operator, Tensor } from '../../ir/operator.ts';
import type { TensorType } from '../../ir/tensor-type.ts';
import { sizeOf } from '../../ir/tensor-type.ts';
import { numberOf, windowSpecs } from '../attributes.ts';
import { conv } from '../conv.ts';
import { convolve, groupConstraints, groupsSpec, weightShape } from '../convolution.ts';
import type { Channels } from '../convolution.ts';
import { sentences } from '../limits.ts';
import { describeWindow, resolveSame, windowOf } from '../window.ts';
import { areCodes, codesSentence, integers, multipliers, rangeOf, rangeParameter, requantized } from './codes.ts';

/** Codes of another scale: each sum times its channel's multiplier. */
export const quantizedConv = quantizedConvolution('quantized_conv', 'u8', 'A convolution of codes, to codes.');

/** Numbers: for a result that no codes are computed from. */
export const quantizedConvF32 = quantizedConvolution('quantized_conv_f32', 'f32', 'A convolution of codes, to f32.');

function quantizedConvolution(name: string, result: 'u8' | 'f32', summary: string): Operator {
  return {
    name,
    summary,
    internal: true,
    attributes: {
      channels: { type: 'int', minimum: 1, doc: 'Output channels.' },
      ...windowSpecs,
      groups: groupsSpec,
    },
    constraints: {
      C1: sentences.image(name),
      ...groupConstraints(name),
      C4: sentences.window(name),
      C5: sentences.size(name),
      C6: codesSentence(name),
    },
    canonical: resolveSame,
    infer(inputs, attributes, report) {
      if (!areCodes(inputs, 'C6', report)) return undefined;
      return conv.infer(inputs, attributes, report)?.map((type) => ({ ...type, element: result }));
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
      return [{ shape: sums.shape, data }];
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
    macs: (attributes, inputs, results) => conv.macs!(attributes, inputs, results),
    window: windowOf,
    describe: (attributes) => describeWindow(name, attributes),
    takes: () => 'codes',
    lowering: { kind: 'quantized-convolution', result },
    groups: (attributes) => numberOf(attributes, 'groups'),
  };
}

function channelsOf(attributes: Attributes): Channels {
  return { channels: numberOf(attributes, 'channels'), groups: numberOf(attributes, 'groups') };
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
