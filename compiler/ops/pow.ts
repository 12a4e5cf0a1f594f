// x^exponent, as C's pow: by products for small whole exponents, with a square root for their halves, otherwise e^(exponent · ln x), which on
// vectors of f32 is off by some |exponent · ln x| · 2^-24 of itself.

import { abs, add, constant, div, exp, less, mul, neg, sqrt, x } from '../ir/scalar.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { fullLog } from './accurate.ts';
import { numberOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';
import { wholePower } from './whole-power.ts';

export const pow = defineElementwise({
  name: 'pow',
  attributes: { exponent: { type: 'float' } },
  unchanged: ({ attributes }) => numberOf(attributes, 'exponent') === 1,
  expression: (attributes) => power(numberOf(attributes, 'exponent')),
  slope: (attributes) => {
    const exponent = numberOf(attributes, 'exponent');
    if (exponent === 0) return { of: 'operand', expression: constant(0) };
    return { of: 'operand', expression: mul(constant(exponent), power(exponent - 1)) };
  },
  elsewhere: { ONNX: { Pow: { differs: 'the exponent is a number that is written: pow(2)' } } },
});

/** Up to which powers are products. */
const mostFactors = 64;

function power(exponent: number): ScalarExpression {
  const size = Math.abs(exponent);
  if (size <= mostFactors && Number.isInteger(2 * size)) {
    const whole = wholePower(x, Math.floor(size));
    const all = Number.isInteger(size) ? whole : size < 1 ? sqrt(x) : mul(whole, sqrt(x));
    return exponent < 0 ? div(constant(1), all) : all;
  }
  if (!Number.isInteger(exponent)) return ofPositive(x, exponent);
  const result = ofPositive(abs(x), exponent);
  return size % 2 === 0 ? result : less(x, constant(0), neg(result), result);
}

/** value^exponent of a value that is not negative; NaN below 0. The root is what it is at 0 and for NaN. */
function ofPositive(value: ScalarExpression, exponent: number): ScalarExpression {
  const root = sqrt(add(value, constant(0)));
  const otherwise = exponent > 0 ? root : div(constant(1), root);
  return less(constant(0), value, exp(mul(constant(exponent), fullLog(value))), otherwise);
}
