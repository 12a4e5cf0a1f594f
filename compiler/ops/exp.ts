// eˣ.

import { positive } from '../ir/range.ts';
import { exp as power, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const exp = defineElementwise({
  name: 'exp',
  monotone: () => 'rounded',
  range: () => positive,
  expression: () => power(x),
  slope: () => ({ of: 'result', expression: x }),
  elsewhere: { Keras: { Exponential: { arguments: {} } } },
});
