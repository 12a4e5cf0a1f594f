// The natural logarithm; −Infinity at 0, NaN below it.

import { constant, div, x } from '../ir/scalar.ts';
import { fullLog } from './accurate.ts';
import { defineElementwise } from './elementwise.ts';

export const log = defineElementwise({
  name: 'log',
  expression: () => fullLog(x),
  slope: () => ({ of: 'operand', expression: div(constant(1), x) }),
});
