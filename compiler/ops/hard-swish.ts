// x · hard_sigmoid(x) (Howard et al., 2019, MobileNetV3).

import { add, constant, div, max, min, mul, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const hardSwish = defineElementwise({
  name: 'hard_swish',
  summary: 'x times its hard sigmoid.',
  // The division first, so that the product of large numbers does not overflow f32.
  expression: () => mul(x, div(min(max(add(x, constant(3)), constant(0)), constant(6)), constant(6))),
});
