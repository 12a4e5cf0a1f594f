// 1 / x.

import { constant, div, mul, neg, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const reciprocal = defineElementwise({
  name: 'reciprocal',
  expression: () => div(constant(1), x),
  slope: () => ({ of: 'result', expression: neg(mul(x, x)) }),
  elsewhere: { ONNX: { Reciprocal: { arguments: {} } } },
});
