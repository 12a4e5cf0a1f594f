// x^n for whole n ≥ 0.

import { constant, mul } from '../ir/scalar.ts';
import type { ScalarExpression } from '../ir/scalar.ts';

/** value^n by repeated squaring. */
export function wholePower(value: ScalarExpression, n: number): ScalarExpression {
  if (n === 0) return constant(1);
  if (n === 1) return value;
  const half = wholePower(value, Math.floor(n / 2));
  return n % 2 === 0 ? mul(half, half) : mul(mul(half, half), value);
}
