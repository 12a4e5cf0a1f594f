// Evaluates scalar expressions in f64. `erf` is fdlibm's s_erf.c (Sun Microsystems, 1993): rational approximations
// on five intervals, error below 1 ulp.

import type { BinaryFunction, ScalarExpression, UnaryFunction } from './scalar.ts';

/** A function of the value x and of the per-channel operands 1, 2, … of the node (index 0 is not read). */
export type ScalarFunction = (x: number, channels: readonly number[]) => number;

/** The expression as a function. NaN propagates through every function and through `min` and `max`. */
export function scalarFunction(expression: ScalarExpression): ScalarFunction {
  switch (expression.kind) {
    case 'x':
      return (x) => x;
    case 'channel': {
      const { operand } = expression;
      return (_, channels) => channels[operand]!;
    }
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'unary': {
      const apply = unary[expression.function];
      const operand = scalarFunction(expression.operand);
      return (x, channels) => apply(operand(x, channels));
    }
    case 'binary': {
      const apply = binary[expression.function];
      const left = scalarFunction(expression.left);
      const right = scalarFunction(expression.right);
      return (x, channels) => apply(left(x, channels), right(x, channels));
    }
    case 'less': {
      const left = scalarFunction(expression.left);
      const right = scalarFunction(expression.right);
      const then = scalarFunction(expression.then);
      const otherwise = scalarFunction(expression.otherwise);
      return (x, channels) => (left(x, channels) < right(x, channels) ? then(x, channels) : otherwise(x, channels));
    }
    default:
      return expression satisfies never;
  }
}

const unary: Readonly<Record<UnaryFunction, (value: number) => number>> = {
  neg: (value) => -value,
  abs: Math.abs,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  sigmoid,
  erf,
  floor: Math.floor,
};

const binary: Readonly<Record<BinaryFunction, (left: number, right: number) => number>> = {
  add: (left, right) => left + right,
  sub: (left, right) => left - right,
  mul: (left, right) => left * right,
  div: (left, right) => left / right,
  min: (left, right) => Math.min(left, right),
  max: (left, right) => Math.max(left, right),
};

/** 1 / (1 + e⁻ˣ), without overflow and without loss of small results. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const power = Math.exp(x);
  return power / (1 + power);
}

/** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < 0.84375) {
    if (size < 2 ** -28) return x + EFX * x;
    return x + (x * polynomial(PP, x * x)) / polynomial(QQ, x * x);
  }
  if (Number.isNaN(x)) return NaN;
  return Math.sign(x) * (size < 6 ? 1 - complement(size) : 1);
}

/** 1 − erf(x) for 0.84375 ≤ x < 6. */
function complement(x: number): number {
  if (x < 1.25) return 1 - ERX - polynomial(PA, x - 1) / polynomial(QA, x - 1);
  const s = 1 / (x * x);
  const ratio = x < 1 / 0.35 ? polynomial(RA, s) / polynomial(SA, s) : polynomial(RB, s) / polynomial(SB, s);
  const head = Math.fround(x);
  return (Math.exp(-head * head - 0.5625) * Math.exp((head - x) * (head + x) + ratio)) / x;
}

/** Coefficients from the constant term up. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}

const ERX = 8.45062911510467529297e-1;
const EFX = 1.28379167095512586316e-1;
const PP = [
  1.28379167095512558561e-1, -3.2504210724700149937e-1, -2.84817495755985104766e-2, -5.77027029648944159157e-3,
  -2.37630166566501626084e-5,
];
const QQ = [
  1, 3.97917223959155352819e-1, 6.50222499887672944485e-2, 5.08130628187576562776e-3, 1.32494738004321644526e-4,
  -3.9602282787753681232e-6,
];
const PA = [
  -2.36211856075265944077e-3, 4.14856118683748331666e-1, -3.72207876035701323847e-1, 3.18346619901161753674e-1,
  -1.10894694282396677476e-1, 3.54783043256182359371e-2, -2.166375594868790843e-3,
];
const QA = [
  1, 1.06420880400844228286e-1, 5.40397917702171048937e-1, 7.18286544141962662868e-2, 1.26171219808761642112e-1,
  1.36370839120290507362e-2, 1.1984499846799107417e-2,
];
const RA = [
  -9.86494403484714822705e-3, -6.93858572707181764372e-1, -1.05586262253232909814e1, -6.23753324503260060396e1,
  -1.62396669462573470355e2, -1.84605092906711035994e2, -8.12874355063065934246e1, -9.81432934416914548592,
];
const SA = [
  1, 1.96512716674392571292e1, 1.376577541435190426e2, 4.34565877475229228821e2, 6.45387271733267880336e2,
  4.29008140027567833386e2, 1.08635005541779435134e2, 6.57024977031928170135, -6.04244152148580987438e-2,
];
const RB = [
  -9.86494292470009928597e-3, -7.99283237680523006574e-1, -1.77579549177547519889e1, -1.60636384855821916062e2,
  -6.37566443368389627722e2, -1.02509513161107724954e3, -4.83519191608651397019e2,
];
const SB = [
  1, 3.03380607434824582924e1, 3.25792512996573918826e2, 1.53672958608443695994e3, 3.19985821950859553908e3,
  2.55305040643316442583e3, 4.74528541206955367215e2, -2.24409524465858183362e1,
];
