// The natural logarithm; −Infinity at 0, NaN below it.

import { constant, div, x } from '../ir/scalar.ts';
import { fullLog } from './accurate.ts';
import { defineElementwise } from './elementwise.ts';

export const log = defineElementwise({
  name: 'log',
  summary: 'The natural logarithm; −Infinity for 0, NaN for negative numbers.',
  expression: () => fullLog(x),
  slope: () => ({ of: 'operand', expression: div(constant(1), x) }),
});
