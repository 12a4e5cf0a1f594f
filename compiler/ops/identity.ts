// The value itself.

import type { Operator } from '../ir/operator.ts';

export const identity: Operator = {
  name: 'identity',
  attributes: {},
  constraints: {},
  infer: (inputs) => inputs,
  reference: (operands) => operands,
  inert: true,
  gradient: ({ upstream: [dy] }) => [dy],
  training: ({ operands }) => operands[0]!,
};
