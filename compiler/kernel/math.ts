// Elementary functions as kernel IR in f64, the same bits on every engine. Methods: argument reduction by ln 2 with
// a Taylor polynomial (exp), atanh series (log), and the rational approximations of fdlibm's s_erf.c (erf); see J.-M.
// Muller, Elementary Functions, chapters 3 and 11. Relative errors are below 3e-11, far under f32's half unit, 6e-8.

import { add, defineFunction, f64, fadd, fdiv, fmax, fmin, fmul, fsub, lt, select, sub, unary } from './builder.ts';
import type { Expression } from './ir.ts';

/** Σ coefficients[i] · t^i by Horner's rule; at least one coefficient. */
export function polynomial(t: Expression, coefficients: readonly number[]): Expression {
  return coefficients
    .slice(0, -1)
    .reduceRight<Expression>((value, coefficient) => fadd(fmul(value, t), f64(coefficient)), f64(coefficients.at(-1)!));
}

const ln2High = 6.9314718036912381649e-1;
const ln2Low = 1.90821492927058770002e-10;
/** 2 / n! */
const expCoefficients = [1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880].map((n) => 2 / n);

/** e^x; 0 below −708.05, +∞ above 709.78, NaN for NaN. As 2e^r · 2^(n−1), where x = n ln 2 + r, because n reaches 1024. */
export const exp = defineFunction('exp', (k, x) => {
  const t = k.let('t', fmax(fmin(x, f64(710)), f64(-708.5)));
  const count = k.let('e', unary('floor', fadd(fmul(t, f64(Math.LOG2E)), f64(0.5))));
  const r = k.let('r', fsub(fsub(t, fmul(count, f64(ln2High))), fmul(count, f64(ln2Low))));
  return fmul(polynomial(r, expCoefficients), unary('pow2', sub(unary('truncate', count), 1)));
});

/** ln x for normal x > 0; −∞ at 0 and NaN below it. */
export const log = defineFunction('log', (k, x) => {
  const safe = k.let(
    'p',
    select(lt(f64(0), x), fmin(fmax(x, f64(2.2250738585072014e-308)), f64(Number.MAX_VALUE)), f64(1)),
  );
  const raw = k.let('e', unary('exponent', safe));
  const half = k.let('m', fmul(fmul(safe, unary('pow2', sub(1, raw))), f64(0.5)));
  const big = lt(f64(Math.SQRT2), half);
  const m = k.let('m', select(big, fmul(half, f64(0.5)), half));
  const e = k.let('e', unary('convert', select(big, add(raw, 1), raw)));
  const s = k.let('s', fdiv(fsub(m, f64(1)), fadd(m, f64(1))));
  const s2 = k.let('s', fmul(s, s));
  const series = polynomial(
    s2,
    [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21].map((n) => 2 / n),
  );
  const positive = fadd(fmul(e, f64(ln2High)), fadd(fmul(s, series), fmul(e, f64(ln2Low))));
  const infinite = select(lt(f64(Number.MAX_VALUE), x), x, positive);
  const nonPositive = select(lt(x, f64(0)), f64(NaN), fsub(fadd(x, f64(0)), f64(Infinity)));
  return select(lt(f64(0), x), infinite, nonPositive);
});

/** 1 / (1 + e^−x), never overflowing. */
export const sigmoid = defineFunction('sigmoid', (_, x) => {
  return fdiv(f64(1), fadd(f64(1), exp(unary('neg', x))));
});

/** tanh x = sign(x) (1 − e^−2|x|) / (1 + e^−2|x|); near 0, where that cancels, the first terms of its Taylor series. */
export const tanh = defineFunction('tanh', (k, x) => {
  const a = k.let('a', unary('abs', x));
  const e = k.let('e', exp(fmul(a, f64(-2))));
  const x2 = k.let('q', fmul(x, x));
  const small = fmul(x, polynomial(x2, [1, -1 / 3, 2 / 15, -17 / 315, 62 / 2835, -1382 / 155925]));
  const magnitude = k.let('h', fdiv(fsub(f64(1), e), fadd(f64(1), e)));
  return select(lt(a, f64(0.0625)), small, select(lt(x, f64(0)), unary('neg', magnitude), magnitude));
});

/** The error function, to fdlibm's coefficients. */
export const erf = defineFunction('erf', (k, x) => {
  const a = k.let('a', fmin(unary('abs', x), f64(6)));
  const z = k.let('z', fmul(x, x));
  const near = fadd(x, fmul(x, fdiv(polynomial(z, erfCoefficients.pp), polynomial(z, erfCoefficients.qq))));
  const s = k.let('s', fsub(a, f64(1)));
  const middle = fadd(
    f64(erfCoefficients.erx),
    fdiv(polynomial(s, erfCoefficients.pa), polynomial(s, erfCoefficients.qa)),
  );
  const u = k.let('u', fdiv(f64(1), fmul(a, a)));
  const split = f64(1 / 0.35);
  const numerator = select(lt(a, split), polynomial(u, erfCoefficients.ra), polynomial(u, erfCoefficients.rb));
  const denominator = select(lt(a, split), polynomial(u, erfCoefficients.sa), polynomial(u, erfCoefficients.sb));
  const tail = exp(fadd(fsub(f64(-0.5625), fmul(a, a)), fdiv(numerator, denominator)));
  const far = fsub(f64(1), fdiv(tail, a));
  const magnitude = k.let('h', select(lt(a, f64(1.25)), middle, far));
  const signed = select(lt(x, f64(0)), unary('neg', magnitude), magnitude);
  return select(lt(a, f64(0.84375)), near, signed);
});

const erfCoefficients = {
  erx: 8.45062911510467529297e-1,
  pp: [
    1.28379167095512558561e-1, -3.2504210724700149937e-1, -2.84817495755985104766e-2, -5.77027029648944159157e-3,
    -2.37630166566501626084e-5,
  ],
  qq: [
    1, 3.97917223959155352819e-1, 6.50222499887672944485e-2, 5.08130628187576562776e-3, 1.32494738004321644526e-4,
    -3.9602282787753681232e-6,
  ],
  pa: [
    -2.36211856075265944077e-3, 4.14856118683748331666e-1, -3.72207876035701323847e-1, 3.18346619901161753674e-1,
    -1.10894694282396677476e-1, 3.54783043256182359371e-2, -2.166375594868790843e-3,
  ],
  qa: [
    1, 1.06420880400844228286e-1, 5.40397917702171048937e-1, 7.18286544141962662868e-2, 1.26171219808761642112e-1,
    1.36370839120290507362e-2, 1.1984499846799107417e-2,
  ],
  ra: [
    -9.86494403484714822705e-3, -6.93858572707181764372e-1, -1.05586262253232909814e1, -6.23753324503260060396e1,
    -1.62396669462573470355e2, -1.84605092906711035994e2, -8.12874355063065934246e1, -9.81432934416914548592,
  ],
  sa: [
    1, 1.96512716674392571292e1, 1.376577541435190426e2, 4.34565877475229228821e2, 6.45387271733267880336e2,
    4.29008140027567833386e2, 1.08635005541779435134e2, 6.57024977031928170135, -6.04244152148580987438e-2,
  ],
  rb: [
    -9.86494292470009928597e-3, -7.99283237680523006574e-1, -1.77579549177547519889e1, -1.60636384855821916062e2,
    -6.37566443368389627722e2, -1.02509513161107724954e3, -4.83519191608651397019e2,
  ],
  sb: [
    1, 3.03380607434824582924e1, 3.25792512996573918826e2, 1.53672958608443695994e3, 3.19985821950859553908e3,
    2.55305040643316442583e3, 4.74528541206955367215e2, -2.24409524465858183362e1,
  ],
} as const;
