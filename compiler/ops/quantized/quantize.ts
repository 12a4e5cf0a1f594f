// From numbers to codes, at the border between f32 and whole numbers.

import type { Operator } from '../../ir/operator.ts';
import { asCodes, multipliers, rangeOf, rangeParameter, requantized } from './codes.ts';

export const quantize: Operator = {
  name: 'quantize',
  // Codes of numbers.
  internal: true,
  attributes: {},
  constraints: {},
  infer: ([x]) => [asCodes(x!)],
  parameters: () => [multipliers('multiplier', [1]), rangeParameter('range')],
  // x · multiplier [1], 1 / s · range [3] → codes
  reference([x, multiplier, range]) {
    const [factor, bounds] = [multiplier!.data[0]!, rangeOf(range!)];
    return [{ shape: x!.shape, data: x!.data.map((value) => requantized(value, factor, bounds)) }];
  },
  lowering: { kind: 'quantize' },
};
