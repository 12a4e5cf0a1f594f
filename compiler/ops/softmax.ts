// exp(xᵢ) / Σ exp(xⱼ) over the channels, or along another axis.

import { defineNormalizedExponential } from './normalized-exponential.ts';

export const softmax = defineNormalizedExponential({
  name: 'softmax',
  summary: 'Turns scores into probabilities that add up to 1 over the channels, or along another axis.',
  logarithm: false,
  range: () => ({ low: 0, high: 1 }),
  value: (shifted, sum) => Math.exp(shifted) / sum,
});
