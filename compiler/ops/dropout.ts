// Inverted dropout (Srivastava et al., 2014): the identity at inference.

import type { Operator } from '../ir/operator.ts';

export const dropout: Operator = {
  name: 'dropout',
  summary:
    'While training, zeroes numbers with probability `p` and scales the rest by 1 / (1 − p); otherwise passes the value through.',
  attributes: { p: { type: 'float', default: 0.5, minimum: 0, maximum: 1, doc: 'Probability of being zeroed.' } },
  constraints: {},
  infer: (inputs) => inputs,
  reference: (operands) => operands,
  inert: true,
};
