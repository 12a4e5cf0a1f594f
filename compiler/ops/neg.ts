// −x.

import { neg as opposite, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const neg = defineElementwise({
  name: 'neg',
  expression: () => opposite(x),
  gradient: ({ apply, upstream: [dy] }) => [apply('neg', [dy!])],
  elsewhere: { ONNX: { Neg: { arguments: {} } } },
});
