// Dropout as it trains: x / (1 − p) where an element is kept, else 0. Which are kept follows from the step's random numbers and the
// node's number, so that its gradient is the same operator.

import type { Operator } from '../ir/operator.ts';
import { formatType, sizeOf } from '../ir/tensor-type.ts';
import { numberOf } from './attributes.ts';
import { inverted } from './dropout-mask.ts';

export const dropoutApply: Operator = {
  name: 'dropout_apply',
  // Zeroes numbers with probability `p` and scales the rest by 1 / (1 − p).
  internal: true,
  arity: { min: 2, max: 2 },
  attributes: {
    // Probability that a number is set to 0.
    p: { type: 'float', minimum: 0, maximum: 1 },
    // Tells the dropout steps of a network apart.
    number: { type: 'int', minimum: 0 },
  },
  constraints: {
    C1: 'the second value must be [4] or [6] without the batch axis: 16 bits each, upper first, of the seed, of the step and of the number of its first image',
  },
  infer: ([x, random], _, report) =>
    !random!.batched && random!.shape.length === 1 && (random!.shape[0] === 4 || random!.shape[0] === 6)
      ? [x!]
      : report('C1', { found: formatType(random!), operand: 1 }),
  // x [N,…] · random [4] or [6] → y [N,…]
  reference([x, random], attributes, [type]) {
    const stream = {
      rate: numberOf(attributes, 'p'),
      node: numberOf(attributes, 'number'),
      seed: random!.data.subarray(0, 2),
      step: random!.data.subarray(2, 4),
    };
    const [upper = 0, lower = 0] = random!.data.subarray(4);
    return [{ shape: x!.shape, data: inverted(stream, x!.data, sizeOf(type!.shape), upper * 2 ** 16 + lower) }];
  },
  lowering: { kind: 'dropout' },
  gradient: ({ apply, attributes, operands: [, random], upstream: [dy] }) => [
    apply('dropout_apply', [dy!, random!], attributes),
    undefined,
  ],
};
