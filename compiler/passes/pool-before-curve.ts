// The same as pool-before-activation for sigmoid, tanh and elu. They are monotone, but kernels compute them by polynomials, which may
// fall in the last bit.
//
// Requires: nobody else reads the activated map; elu's alpha is positive.
// Cost: where pooling shrinks the map: these functions are among the most expensive.
// Source: as pool-before-activation.
//
// before:
//   %0 = input x : [N,1,4,4]
//   %1 = sigmoid(%0) as sigmoid
//   %2 = global_max_pool(%1) as pool
//   output y = %2
// after:
//   %0 = input x : [N,1,4,4]
//   %1 = global_max_pool(%0) as pool
//   %2 = sigmoid(%1) as sigmoid
//   output y = %2

import type { Pass } from './pass.ts';
import { poolFirst } from './pool-before-activation.ts';

export const poolBeforeCurve: Pass = {
  name: 'pool-before-curve',
  modes: ['infer'],
  exact: false,
  run: poolFirst((known) => known === 'rounded'),
};
