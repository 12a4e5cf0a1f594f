// From codes back to numbers: fround(f32(code − zero)·scale).

import type { Operator } from '../../ir/operator.ts';
import { areCodes, codesSentence, multipliers, rangeOf, rangeParameter } from './codes.ts';

export const dequantize: Operator = {
  name: 'dequantize',
  // The numbers that codes stand for.
  internal: true,
  attributes: {},
  constraints: { C1: codesSentence('dequantize') },
  infer: (inputs, _, report) => (areCodes(inputs, 'C1', report) ? [{ ...inputs[0]!, element: 'f32' }] : undefined),
  parameters: () => [multipliers('scale', [1]), rangeParameter('input_range')],
  // codes · scale [1] · range of the codes [3] → y
  reference([x, scale, range]) {
    const [factor, { zero }] = [scale!.data[0]!, rangeOf(range!)];
    return [{ shape: x!.shape, data: x!.data.map((code) => Math.fround((code - zero) * factor)) }];
  },
  takes: () => 'codes',
  lowering: { kind: 'dequantize' },
};
