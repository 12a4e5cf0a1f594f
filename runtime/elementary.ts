// Sine, cosine, logarithm and powers from exact operations only: ECMAScript leaves the accuracy of `Math.sin` and the like open,
// and what chance draws must be the same on every engine. Methods: fdlibm's kernels of sine and cosine, argument reduction by
// ln 2 with a Taylor polynomial (exp), atanh series (log); see J.-M. Muller, Elementary Functions. Errors are a few units in the
// last place of f64.

import { exponent } from './exponent.ts';
import { pow2 } from './pow2.ts';

/** The largest angle, in radians, that is reduced accurately. */
const MAX_ANGLE = 1e5;

const sineCoefficients = [
  -1.66666666666666324348e-1, 8.33333333332248946124e-3, -1.98412698298579493134e-4, 2.75573137070700676789e-6,
  -2.50507602534068634195e-8, 1.58969099521155010221e-10,
];
const cosineCoefficients = [
  4.16666666666666019037e-2, -1.38888888888741095749e-3, 2.48015872894767294178e-5, -2.75573143513906633035e-7,
  2.0875723212981748279e-9, -1.13596475577881948265e-11,
];
/** 1 / n! from 0 to 14. */
const expCoefficients = Array.from({ length: 15 }, (_, n) => 1 / factorial(n));
/** 2 / (2 n + 1) from 0 to 12. */
const logCoefficients = Array.from({ length: 13 }, (_, n) => 2 / (2 * n + 1));

const ln2High = 6.9314718036912381649e-1;
const ln2Low = 1.90821492927058770002e-10;
const halfPiHigh = 1.57079632673412561417;
const halfPiLow = 6.07710050650619224932e-11;

/** The sine of an angle in radians. Throws `RangeError` beyond ±100 000. */
export function sin(angle: number): number {
  return circular(angle, 0);
}

/** The cosine of an angle in radians. Throws `RangeError` beyond ±100 000. */
export function cos(angle: number): number {
  return circular(angle, 1);
}

/** e^x; 0 below −745.2, +∞ above 709.8. */
export function exp(x: number): number {
  if (!(x > -745.2)) return Number.isNaN(x) ? x : 0;
  if (x > 709.79) return Infinity;
  const count = Math.floor(x * Math.LOG2E + 0.5);
  const value = polynomial(x - count * ln2High - count * ln2Low, expCoefficients);
  // In two steps, because 2^count may be beyond the normal numbers.
  const half = count >> 1;
  return value * pow2(half) * pow2(count - half);
}

/** ln x; −∞ at 0, NaN below it. */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x === Infinity ? x : NaN;
  if (x < 2 ** -1022) return log(x * 2 ** 54) - 54 * ln2High - 54 * ln2Low;
  let count = exponent(x);
  let m = x * pow2(-(count >> 1)) * pow2(-(count - (count >> 1)));
  if (m > Math.SQRT2) {
    m *= 0.5;
    count += 1;
  }
  const s = (m - 1) / (m + 1);
  return count * ln2High + (s * polynomial(s * s, logCoefficients) + count * ln2Low);
}

/** x^y for x ≥ 0: whole y up to 1024 by products, others as e^(y ln x), whose relative error grows with |y ln x|. */
export function pow(x: number, y: number): number {
  if (Number.isInteger(y) && Math.abs(y) <= 1024) {
    let [result, factor] = [1, x];
    for (let rest = Math.abs(y); rest > 0; rest >>= 1) {
      if (rest & 1) result *= factor;
      factor *= factor;
    }
    return y < 0 ? 1 / result : result;
  }
  return exp(y * log(x));
}

/** sin(angle + quarters · π/2) */
function circular(angle: number, quarters: number): number {
  if (!(Math.abs(angle) <= MAX_ANGLE)) throw new RangeError(`${angle} is not an angle within ±${MAX_ANGLE} radians`);
  const count = Math.floor(angle / (Math.PI / 2) + 0.5);
  const r = angle - count * halfPiHigh - count * halfPiLow;
  const z = r * r;
  switch ((count + quarters) & 3) {
    case 0:
      return r + r * z * polynomial(z, sineCoefficients);
    case 1:
      return 1 - (0.5 * z - z * z * polynomial(z, cosineCoefficients));
    case 2:
      return -(r + r * z * polynomial(z, sineCoefficients));
    default:
      return -(1 - (0.5 * z - z * z * polynomial(z, cosineCoefficients)));
  }
}

/** Σ coefficients[i] · t^i by Horner's rule. */
function polynomial(t: number, coefficients: readonly number[]): number {
  let value = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) value = value * t + coefficients[i]!;
  return value;
}

function factorial(n: number): number {
  let product = 1;
  for (let i = 2; i <= n; i++) product *= i;
  return product;
}
