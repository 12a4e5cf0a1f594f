// Elementwise operators at known points (values of C's erf and exp, PyTorch's definitions), at their limits, and on NaN.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { erf, scalarFunction, sigmoid } from '../../compiler/ir/scalar-evaluate.ts';
import * as scalar from '../../compiler/ir/scalar.ts';
import { operators } from '../../compiler/ops/index.ts';
import { withNumber as makeWithNumber } from '../../compiler/ops/with-number.ts';
import { apply, numbersOf } from '../support/apply-operator.ts';

// [x, erf(x)] to all 17 digits, from the C library.
const table: readonly (readonly [number, number])[] = [
  [1e-300, 1.1283791670955126e-300],
  [1e-9, 1.1283791670955127e-9],
  [0.001, 0.0011283787909692365],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [0.84, 0.7651427114549946],
  [0.85, 0.7706680576083526],
  [1.0, 0.8427007929497149],
  [1.2, 0.9103139782296353],
  [1.3, 0.9340079449406524],
  [2.0, 0.9953222650189527],
  [2.8, 0.9999249868053346],
  [2.9, 0.9999589021219005],
  [3.5, 0.9999992569016276],
  [5.0, 0.9999999999984626],
  [5.9, 0.9999999999999999],
  [7.0, 1.0],
];

test.each(table)('erf(%d) is %d', (x, expected) => {
  expect(Math.abs(erf(x) - expected)).toBeLessThanOrEqual(2 ** -52 * Math.abs(expected));
  expect(erf(-x)).toBe(-erf(x));
});

test('erf at its limits', () => {
  expect([erf(Infinity), erf(-Infinity), erf(NaN), erf(0), erf(-0)]).toEqual([1, -1, NaN, 0, -0]);
});

test('sigmoid neither overflows nor loses small results', () => {
  expect([sigmoid(Infinity), sigmoid(-Infinity), sigmoid(1000), sigmoid(NaN)]).toEqual([1, 0, 1, NaN]);
  expect(sigmoid(-700) / Math.exp(-700)).toBeCloseTo(1, 14);
  fc.assert(
    fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (x) => Math.abs(sigmoid(x) + sigmoid(-x) - 1) < 1e-15),
  );
});

test('scalar functions', () => {
  const { x, channel, constant, ...functions } = scalar;
  const at = (expression: scalar.ScalarExpression, value: number) => scalarFunction(expression)(value, [NaN, 7]);
  expect(at(functions.neg(functions.abs(x)), -2)).toBe(-2);
  expect(at(functions.log(functions.exp(x)), 2)).toBe(2);
  expect(at(functions.floor(functions.sqrt(x)), 10)).toBe(3);
  expect(at(functions.div(functions.sub(x, constant(1)), channel(1)), 22)).toBe(3);
  expect(at(functions.min(functions.max(x, constant(0)), channel(1)), NaN)).toBe(NaN);
  expect(at(functions.less(x, constant(0), constant(1), constant(2)), NaN)).toBe(2);
});

const phi = 0.8413447460685429; // the normal distribution function at 1
const logistic = 0.7310585786300049; // of 1
test.each<[string, Attributes, readonly number[], readonly number[]]>([
  ['relu', {}, [-1, 0, 2, -Infinity, Infinity], [0, 0, 2, 0, Infinity]],
  ['relu6', {}, [-1, 5, 7, -Infinity, Infinity], [0, 5, 6, 0, 6]],
  ['leaky_relu', {}, [-2, 0, 3, -Infinity, Infinity], [-0.02, 0, 3, -Infinity, Infinity]],
  ['leaky_relu', { slope: 0.5 }, [-2, 3], [-1, 3]],
  ['elu', {}, [-1, 2, -Infinity, Infinity], [-0.6321205588285577, 2, -1, Infinity]],
  ['elu', { alpha: 2 }, [-1, 2], [-1.2642411176571153, 2]],
  ['sigmoid', {}, [0, 1, -1, -Infinity], [0.5, logistic, 1 - logistic, 0]],
  ['tanh', {}, [0, 1, -Infinity], [0, 0.7615941559557649, -1]],
  ['silu', {}, [0, 1, -1, Infinity], [0, logistic, logistic - 1, Infinity]],
  ['gelu', {}, [0, 1, -1, Infinity], [0, phi, phi - 1, Infinity]],
  ['gelu', { approximate: 'tanh' }, [0, 1, -1], [0, 0.8411919906082768, -0.15880800939172324]],
  ['hard_sigmoid', {}, [-4, -3, 0, 1, 3, Infinity], [0, 0, 0.5, 4 / 6, 1, 1]],
  ['hard_swish', {}, [-4, -1, 0, 1, 3, 5], [-0, -2 / 6, 0, 4 / 6, 3, 5]],
  ['clip', { min: -1, max: 1 }, [-3, 0.5, Infinity], [-1, 0.5, 1]],
  ['abs', {}, [-2, 0, -Infinity], [2, 0, Infinity]],
  ['neg', {}, [-2, 3, Infinity], [2, -3, -Infinity]],
  ['exp', {}, [0, 1, -Infinity, Infinity], [1, Math.E, 0, Infinity]],
  ['log', {}, [1, Math.E, 0, -1, Infinity], [0, 1, -Infinity, NaN, Infinity]],
  ['sqrt', {}, [0, 9, -1, Infinity], [0, 3, NaN, Infinity]],
  ['reciprocal', {}, [4, -0.5, 0, Infinity], [0.25, -2, Infinity, 0]],
  ['softsign', {}, [-1, 0, 3], [-0.5, 0, 0.75]],
  // Abramowitz & Stegun, table 7.1, with more digits.
  ['erf', {}, [-0.5, 0, 0.5, 1, Infinity], [-0.5204998778130465, 0, 0.5204998778130465, 0.8427007929497149, 1]],
  ['thresholded_relu', {}, [-2, 0.5, 1, 1.5, Infinity], [0, 0, 0, 1.5, Infinity]],
  ['thresholded_relu', { threshold: -1 }, [-2, -0.5, 0, 3], [0, -0.5, 0, 3]],
  [
    'softplus',
    {},
    [0, 1, -30, 30, -Infinity, Infinity],
    [Math.LN2, 1.3132616875182228, 9.357622968839737e-14, 30, 0, Infinity],
  ],
  ['softplus', { beta: 2, threshold: 1 }, [-1, 0.5, 0.75], [0.06346400552148625, 0.6566308437591114, 0.75]],
  [
    'mish',
    {},
    [0, 1, -1, -30, 50, Infinity],
    [0, 0.8650983882673103, -0.30340146137410895, -2.807286890651921e-12, 50, Infinity],
  ],
  ['selu', {}, [-1, 0, 2, -Infinity], [-1.1113307378125625, 0, 2.101401974710961, -1.7580993408473766]],
  ['celu', { alpha: 0.5 }, [-1, 0, 2, -Infinity], [-0.43233235838169365, 0, 2, -0.5]],
  ['hard_sigmoid', { slope: 0.2, offset: 0.5 }, [-3, -2.5, 0, 1, 2.5], [0, 0, 0.5, 0.7, 1]],
  ['pow', { exponent: 2 }, [-3, 0, 4], [9, 0, 16]],
  ['pow', { exponent: -3 }, [-2, 0, 0.5], [-0.125, Infinity, 8]],
  ['pow', { exponent: 0 }, [0, -2, Infinity], [1, 1, 1]],
  ['pow', { exponent: 2.5 }, [4, 0, -1, Infinity], [32, 0, NaN, Infinity]],
  ['pow', { exponent: -0.5 }, [4, 0, -1, Infinity], [0.5, Infinity, NaN, 0]],
  ['pow', { exponent: 1 / 3 }, [27, 0, -1, Infinity], [3, 0, NaN, Infinity]],
  ['pow', { exponent: -0.7 }, [2, 0, -0, -1, Infinity], [0.6155722066724582, Infinity, Infinity, NaN, 0]],
  ['pow', { exponent: 65 }, [-1.0625, 0, 1.0625], [-51.4494832278985, 0, 51.4494832278985]],
  ['pow', { exponent: -66 }, [-1.0625, 0], [0.01829321523831909, Infinity]],
  ['identity', {}, [-3, Infinity], [-3, Infinity]],
  ['dropout', {}, [-3, 4], [-3, 4]],
  ['inverse_sqrt', { epsilon: 1 }, [0, 3], [1, 0.5]],
])('%s %o of %o', (op, attributes, inputs, expected) => {
  const values = numbersOf(apply(op, inputs, attributes));
  for (const [at, value] of values.entries()) {
    if (Number.isFinite(expected[at]!)) expect(value).toBeCloseTo(expected[at]!, 14);
    else expect(value).toBe(expected[at]);
  }
});

describe('NaN goes through', () => {
  const unary = [...operators.values()].filter(({ pointwise, parameters }) => pointwise && !parameters);
  test.each(unary.map(({ name }) => name))('%s', (name) => {
    const bounds = { clip: { min: 0, max: 1 }, pow: { exponent: 1.25 } }[name] ?? {};
    expect(numbersOf(apply(name, [NaN], { ...bounds, ...withNumber.get(name)?.attributes }))).toEqual([NaN]);
  });
});

/** By operator, how it is made: `x - 2` and so on. */
const withNumber = new Map(
  (['add', 'sub', 'mul', 'div', 'maximum', 'minimum'] as const).flatMap((operation) =>
    (['left', 'right'] as const).map((side) => {
      const made = makeWithNumber(operation, 2, side);
      return [made.operator, made] as const;
    }),
  ),
);

test.each([
  ['add', 'left', [3, 6, -Infinity]],
  ['add', 'right', [3, 6, -Infinity]],
  ['sub', 'left', [1, -2, Infinity]],
  ['sub', 'right', [-1, 2, -Infinity]],
  ['mul', 'left', [2, 8, -Infinity]],
  ['mul', 'right', [2, 8, -Infinity]],
  ['div', 'left', [2, 0.5, -0]],
  ['div', 'right', [0.5, 2, -Infinity]],
  ['maximum', 'left', [2, 4, 2]],
  ['maximum', 'right', [2, 4, 2]],
  ['minimum', 'left', [1, 2, -Infinity]],
  ['minimum', 'right', [1, 2, -Infinity]],
] as const)('%s with the number 2 on the %s', (operation, side, expected) => {
  const { operator, attributes } = makeWithNumber(operation, 2, side);
  expect(numbersOf(apply(operator, [1, 4, -Infinity], attributes))).toEqual(expected);
});

test('prelu and scale take a number per channel', () => {
  const x = [[[-1, 2]], [[-3, 4]]];
  expect(apply('prelu', x, {}, [[0.5, 2]])).toEqual([[[[-0.5, 2]], [[-6, 4]]]]);
  expect(apply('prelu', x, { shared: true }, [[0.5]])).toEqual([[[[-0.5, 2]], [[-1.5, 4]]]]);
  expect(
    apply('scale', x, {}, [
      [2, 3],
      [10, 20],
    ]),
  ).toEqual([[[[8, 14]], [[11, 32]]]]);
  expect(apply('scale', x, { bias: false }, [[2, 3]])).toEqual([[[[-2, 4]], [[-9, 12]]]]);
});
