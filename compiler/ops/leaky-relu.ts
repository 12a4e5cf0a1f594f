// x, or slope · x below 0 (Maas et al., 2013).

import { constant, less, mul, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';

export const leakyRelu = defineElementwise({
  name: 'leaky_relu',
  attributes: { slope: { type: 'float', default: 0.01 } },
  keepsPositive: true,
  monotone(attributes) {
    const slope = numberOf(attributes, 'slope');
    if (slope > 0) return 'exact';
    return { not: slope === 0 ? 'may turn -Infinity into NaN' : 'falls below 0' };
  },
  unchanged: ({ attributes }) => numberOf(attributes, 'slope') === 1,
  expression: (attributes) => less(x, constant(0), mul(constant(numberOf(attributes, 'slope')), x), x),
  // At 0 the negative side's, as in PyTorch. A result tells its side unless negative numbers became positive.
  slope: (attributes) => {
    const slope = numberOf(attributes, 'slope');
    return { of: slope < 0 ? 'operand' : 'result', expression: less(constant(0), x, constant(1), constant(slope)) };
  },
});
