// xᵢ − log Σ exp(xⱼ) over the channels, or along another axis.

import { defineNormalizedExponential } from './normalized-exponential.ts';

export const logSoftmax = defineNormalizedExponential({
  name: 'log_softmax',
  logarithm: true,
  value: (shifted, sum) => shifted - Math.log(sum),
});
