// max(x, 0) (Nair & Hinton, 2010).

import { positive } from '../ir/range.ts';
import { constant, less, max, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const relu = defineElementwise({
  name: 'relu',
  monotone: () => 'exact',
  clips: () => positive,
  expression: () => max(x, constant(0)),
  slope: () => ({ of: 'result', expression: less(constant(0), x, constant(1), constant(0)) }),
});
