// Elementary functions on vectors of four f32, within 2 units in the last place of f32 where nothing else is said. Methods and coefficients: S. Moshier,
// Cephes Mathematical Library, single precision (expf, logf, tanhf; erff below 1), with results below 2^-126 kept.

import { defineFunction, fadd, fdiv, fmadd, fmul, fsub, lanes, lt, pmax, pmin, select, unary } from './builder.ts';
import type { BlockBuilder } from './builder.ts';
import type { Expression } from './ir.ts';
import { pow2Summand } from './signatures.ts';

/** Σ coefficients[i] · t^i by Horner's rule. */
function polynomial(t: Expression, coefficients: readonly number[]): Expression {
  return coefficients
    .slice(0, -1)
    .reduceRight<Expression>((value, coefficient) => fmadd(value, t, lanes(coefficient)), lanes(coefficients.at(-1)!));
}

const define = (name: string, write: (k: BlockBuilder, x: Expression) => Expression) =>
  defineFunction(name, write, 'f32x4');

const ln2High = 0.693359375;
const ln2Low = -2.1219444e-4;
/** Coefficients of (e^r − 1 − r) / r². */
const expCoefficients = [
  5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.98756915e-4,
] as const;

/** Added and taken away again, it rounds a number of less than 2^22 to a whole one, as other even numbers near it do. */
const rounder = 12_582_912;
const rounded = (value: Expression): Expression => fsub(fadd(value, lanes(rounder)), lanes(rounder));

interface ExpParts {
  readonly power: Expression;
  readonly n: Expression;
  /** n + summand. */
  readonly sum: Expression;
}

/** e^t = power · 2^n, n whole and power near 1. */
function expParts(k: BlockBuilder, t: Expression, summand: number): ExpParts {
  const sum = k.let('s', fadd(fmul(t, lanes(Math.LOG2E)), lanes(summand)));
  const n = k.let('n', fsub(sum, lanes(summand)));
  const r = k.let('r', fsub(fsub(t, fmul(n, lanes(ln2High))), fmul(n, lanes(ln2Low))));
  // Pairs of terms, so that fewer operations wait for one another (G. Estrin, 1960).
  const z = k.let('z', fmul(r, r));
  const pair = (at: 0 | 2 | 4): Expression => fmadd(r, lanes(expCoefficients[at + 1]!), lanes(expCoefficients[at]));
  const series = fmadd(fmadd(pair(4), z, pair(2)), z, pair(0));
  return { n, sum, power: fadd(fmadd(series, z, r), lanes(1)) };
}

/** e^t for −104 ≤ t ≤ 89. 2^n is multiplied in two halves, because n goes from −150 to 128. */
function expWithin(k: BlockBuilder, t: Expression): Expression {
  const { power, n } = expParts(k, t, rounder);
  const half = k.let('h', rounded(fmul(n, lanes(0.5))));
  return fmul(fmul(power, unary('pow2_lanes', half)), unary('pow2_lanes', fsub(n, half)));
}

/** 2^63 e^t for −104 ≤ t ≤ 40: by 2^−63, which rounds where the result is no normal number, the same bits as those of `expWithin`. */
function scaledExp(k: BlockBuilder, t: Expression): Expression {
  const { power, sum } = expParts(k, t, pow2Summand + 63);
  return k.let('e', fmul(power, unary('pow2_of_sum', sum)));
}
const scale = lanes(2 ** 63);
const unscaled = (value: Expression): Expression => fmul(value, lanes(2 ** -63));

/** e^x; 0 below −104, +∞ above 88.73, NaN for NaN. */
export const expLanes = define('exp_lanes', (k, x) => expWithin(k, k.let('t', pmax(pmin(x, lanes(89)), lanes(-104)))));

const logCoefficients = [
  3.3333331174e-1, -2.4999993993e-1, 2.0000714765e-1, -1.6668057665e-1, 1.4249322787e-1, -1.2420140846e-1,
  1.167699874e-1, -1.151461031e-1, 7.0376836292e-2,
];

/** ln x for normal x > 0; −∞ at 0, NaN below it and for NaN. */
export const logLanes = define('log_lanes', (k, x) => {
  const positive = lt(lanes(0), x);
  const safe = k.let('p', select(positive, pmin(pmax(x, lanes(2 ** -126)), lanes(3.4028234663852886e38)), lanes(1)));
  const raw = k.let('e', unary('exponent_lanes', safe));
  // Halves of the power of two, because raw goes to 127 and 2^-127 is not normal.
  const half = k.let('h', unary('floor', fmul(raw, lanes(0.5))));
  const scaled = fmul(
    fmul(safe, unary('pow2_lanes', unary('neg', half))),
    unary('pow2_lanes', unary('neg', fsub(raw, half))),
  );
  const full = k.let('m', scaled);
  const big = lt(lanes(Math.SQRT2), full);
  const m = k.let('m', fsub(select(big, fmul(full, lanes(0.5)), full), lanes(1)));
  const e = k.let('e', select(big, fadd(raw, lanes(1)), raw));
  const z = k.let('z', fmul(m, m));
  const series = fmul(fmul(polynomial(m, logCoefficients), m), z);
  const low = fadd(fadd(series, fmul(e, lanes(ln2Low))), fmul(z, lanes(-0.5)));
  const result = fadd(fadd(m, low), fmul(e, lanes(ln2High)));
  const infinite = select(lt(lanes(3.4028234663852886e38), x), x, result);
  const nonPositive = select(lt(x, lanes(0)), lanes(NaN), fsub(fadd(x, lanes(0)), lanes(Infinity)));
  return select(positive, infinite, nonPositive);
});

/**
 * 1 / (1 + e^−x). With e = e^−|x|, which does not overflow, and q = e / (1 + e): e − e q for negative x, else 1 − q, where the
 * errors of q count less than in the quotients themselves.
 */
export const sigmoidLanes = define('sigmoid_lanes', (k, x) => {
  const e = scaledExp(k, k.let('t', pmax(pmin(x, fsub(lanes(0), x)), lanes(-104))));
  const q = fdiv(e, fadd(e, scale));
  // e for negative x, else 1: positive x with e < 1 are larger than 2^-26.
  const s = k.let('s', pmin(lanes(1), pmax(unscaled(e), fmul(x, scale))));
  return fsub(s, fmul(s, q));
});

/** Coefficients of e^−r for |r| ≤ ln 2 / 2: the largest relative error is 9e-8. */
const inverseExpCoefficients = [
  1, -9.999997071544734e-1, 4.99991494626404e-1, -1.666763627095318e-1, 4.1897938562974635e-2, -8.290313150200549e-3,
] as const;

/** 1 + e^−x; ∞ below −88.4, where e^−x is at least 2^127.5. */
function inverseSigmoid(k: BlockBuilder, x: Expression): Expression {
  const t = k.let('t', pmax(pmin(x, lanes(87)), lanes(-89)));
  // Rounds, and leaves the sum to be made a power of two.
  const sum = k.let('s', fmadd(t, lanes(-Math.LOG2E), lanes(pow2Summand)));
  const n = k.let('n', fsub(sum, lanes(pow2Summand)));
  const r = k.let('r', fmadd(n, lanes(ln2Low), fmadd(n, lanes(ln2High), t)));
  return fmadd(polynomial(r, inverseExpCoefficients), unary('pow2_of_sum', sum), lanes(1));
}

/** The logistic function in half the steps, for targets with fused products: within 4 units in the last place, and 0 below 2^-127.5. */
export const fusedSigmoidLanes = define('fused_sigmoid_lanes', (k, x) => fdiv(lanes(1), inverseSigmoid(k, x)));

/** x / (1 + e^−x), as exact. */
export const fusedSiluLanes = define('fused_silu_lanes', (k, x) => fdiv(x, inverseSigmoid(k, x)));

const tanhCoefficients = [-3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3];

/** Near 0 a polynomial, elsewhere 1 − 2 / (e^2|x| + 1) with the sign of x. */
export const tanhLanes = define('tanh_lanes', (k, x) => {
  const a = k.let('a', unary('abs', x));
  const z = k.let('z', fmul(x, x));
  const near = fmadd(fmul(polynomial(z, tanhCoefficients), z), x, x);
  const far = k.let(
    'f',
    fsub(lanes(1), fdiv(lanes(2), fadd(unscaled(scaledExp(k, k.let('t', pmin(fadd(a, a), lanes(40))))), lanes(1)))),
  );
  return select(lt(a, lanes(0.625)), near, select(lt(x, lanes(0)), unary('neg', far), far));
});

/** Coefficients of erf(x) / x − 1. */
const erfNear = [
  0.12837916572671, -3.7612625824233e-1, 1.128358514861418e-1, -2.685381193529856e-2, 5.188327685732524e-3,
  -8.010193625184903e-4, 7.853861353153693e-5,
];
/** Coefficients of (1 − erf(a))^¼ in a − 1.234375 for a from 1 to 3.97: minimax for the error of its fourth power, 1.5e-8. */
const erfcRoot = [
  5.332669e-1, -4.0535444e-1, 3.8173694e-2, 4.4641137e-2, -9.0586431e-3, -3.6382843e-3, 1.3474032e-3, -3.5021108e-5,
  -2.337078e-5,
];

/** The error function: near 0 a polynomial in x², from 1 on 1 − P(|x|)⁴, which needs neither e^(−x²) nor a division. */
export const erfLanes = define('erf_lanes', (k, x) => {
  const a = k.let('a', pmin(unary('abs', x), lanes(3.96875)));
  const near = fmadd(x, polynomial(k.let('z', fmul(a, a)), erfNear), x);
  const q = k.let('q', polynomial(k.let('s', fsub(a, lanes(1.234375))), erfcRoot));
  const r = k.let('r', fmul(q, q));
  const far = k.let('f', fsub(lanes(1), fmul(r, r)));
  const signed = select(lt(x, lanes(0)), unary('neg', far), far);
  return select(lt(a, lanes(1)), near, signed);
});
