// x, or a learned slope · x below 0 (He et al., 2015, "Delving deep into rectifiers").

import { channel, constant, less, mul, x } from '../ir/scalar.ts';
import { flagOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';

export const prelu = defineElementwise({
  name: 'prelu',
  summary: 'Negative numbers are multiplied by a learned slope.',
  attributes: {
    shared: { type: 'bool', default: false, doc: 'One slope for all channels instead of one per channel.' },
  },
  // weight [C], or [1] when shared
  parameters: (attributes, [input]) => [
    {
      name: 'weight',
      shape: [flagOf(attributes, 'shared') ? 1 : input!.shape[0]!],
      role: 'parameter',
      initial: { kind: 'constant', value: 0.25 },
    },
  ],
  keepsPositive: true,
  monotone: () => ({ not: 'has slopes that are known only when weights are loaded, and may be negative' }),
  unchanged: ({ isConstant }) => isConstant(1, 1),
  expression: () => less(x, constant(0), mul(channel(1), x), x),
});
