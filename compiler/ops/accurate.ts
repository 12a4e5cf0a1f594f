// Functions by others that are exact where they are not: near where their terms cancel, and of numbers that are not normal in f32.

import { add, constant, div, less, log, mul, sub, tanh } from '../ir/scalar.ts';
import type { ScalarExpression } from '../ir/scalar.ts';

/** e^value − 1 of a value that is not positive: 2 t / (1 − t) with t = tanh(value / 2), where nothing cancels. */
export function expMinusOne(value: ScalarExpression): ScalarExpression {
  const t = tanh(mul(constant(0.5), value));
  return div(mul(constant(2), t), sub(constant(1), t));
}

/**
 * ln(1 + value) of a value from 0 to 1, as W. Kahan's HP-15C has it: with u = 1 + value rounded, value · ln u / (u − 1), whose two
 * errors are the same.
 */
export function logOnePlus(value: ScalarExpression): ScalarExpression {
  const u = add(constant(1), value);
  return less(constant(1), u, mul(value, div(log(u), sub(u, constant(1)))), value);
}

/** ln value, also of numbers below 2^-126, which kernels' logarithms take for that: those are enlarged before. */
export function fullLog(value: ScalarExpression): ScalarExpression {
  const isTiny = (then: ScalarExpression, otherwise: ScalarExpression): ScalarExpression =>
    less(value, constant(2 ** -126), then, otherwise);
  return sub(log(isTiny(mul(value, constant(2 ** 24)), value)), isTiny(constant(24 * Math.LN2), constant(0)));
}
