// Inverted dropout (Srivastava et al., 2014): the identity at inference.

import type { Operator } from '../ir/operator.ts';
import { numberOf } from './attributes.ts';
import { dropoutApply } from './dropout-apply.ts';

export const dropout: Operator = {
  name: 'dropout',
  attributes: {
    p: { type: 'float', default: 0.5, minimum: 0, maximum: 1 },
  },
  constraints: {},
  infer: (inputs) => inputs,
  reference: (operands) => operands,
  inert: true,
  companions: [dropoutApply],
  training({ apply, attributes, operands: [x], random, number }) {
    const p = numberOf(attributes, 'p');
    return p === 0 ? x! : apply('dropout_apply', [x!, random], { p, number });
  },
  gradient: ({ upstream: [dy] }) => [dy],
};
