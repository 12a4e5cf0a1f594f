// x · hard_sigmoid(x) (Howard et al., 2019, MobileNetV3). Its slope is 0 at −3 and 1 at 3, as in PyTorch from 2.7 on; before, it was
// −1/2 and 3/2.

import { add, constant, div, max, min, mul, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const hardSwish = defineElementwise({
  name: 'hard_swish',
  // The division first, so that the product of large numbers does not overflow f32.
  expression: () => mul(x, div(min(max(add(x, constant(3)), constant(0)), constant(6)), constant(6))),
});
