// exp(xᵢ) / Σ exp(xⱼ) over the channels, or along another axis.

import { defineNormalizedExponential } from './normalized-exponential.ts';

export const softmax = defineNormalizedExponential({
  name: 'softmax',
  logarithm: false,
  range: () => ({ low: 0, high: 1 }),
  value: (shifted, sum) => Math.exp(shifted) / sum,
});
