// The project's own elementary functions against the host's, and erf against a series that converges everywhere.

import { describe, expect, test } from 'vitest';
import { printScalarFunction } from '../../compiler/codegen/typescript.ts';
import { buildKernel } from '../../compiler/kernel/builder.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Expression, KernelFunction } from '../../compiler/kernel/ir.ts';
import { erf, exp, log, sigmoid, tanh } from '../../compiler/kernel/math.ts';
import { collectFunctions } from '../../compiler/kernel/walk.ts';
import { exponent, pow2 } from '../../runtime/bits.ts';

type Build = (argument: Expression) => Expression;

function kernelOf(build: Build, length: number) {
  return buildKernel('map', '', (k) => {
    const [x, y] = [k.memory('x', 'f64'), k.memory('y', 'f64')];
    k.for('i', 0, length, (i) => k.store(y, i, build(k.load(x, i))));
  });
}

function evaluate(build: Build, xs: Float64Array): Float64Array {
  const ys = new Float64Array(xs.length);
  interpretKernel(
    kernelOf(build, xs.length),
    new Map([
      ['x', xs],
      ['y', ys],
    ]),
    [],
  );
  return ys;
}
const at = (build: Build, x: number): number => evaluate(build, Float64Array.of(x))[0]!;

/** 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!! : no term is negative, so nothing cancels (Abramowitz and Stegun, 7.1.6). */
function erfSeries(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n += 1) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
const sigmoidOf = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

interface Case {
  readonly name: string;
  readonly build: Build;
  readonly reference: (x: number) => number;
  /** Where the f64 bound of the header holds. */
  readonly from: number;
  readonly to: number;
}
const cases: readonly Case[] = [
  { name: 'exp', build: exp, reference: Math.exp, from: -708, to: 709.7 },
  { name: 'log', build: log, reference: Math.log, from: 2 ** -1022, to: Number.MAX_VALUE },
  { name: 'sigmoid', build: sigmoid, reference: sigmoidOf, from: -708, to: 800 },
  { name: 'tanh', build: tanh, reference: Math.tanh, from: -800, to: 800 },
  { name: 'erf', build: erf, reference: erfSeries, from: -5.9, to: 5.9 },
];

/** Dense around 0 and 1, spread over the range, and at every power of two inside it. */
function samples(from: number, to: number): Float64Array {
  const found: number[] = [];
  for (let i = -20_000; i <= 20_000; i += 1)
    found.push(i / 1e5, i / 1e3, 1 + i / 1e6, from + ((i + 20_000) / 40_000) * Math.min(to - from, 1500));
  for (let e = -1021; e < 1023; e += 1) found.push(2 ** e, -(2 ** e), 1.37 * 2 ** e, -1.73 * 2 ** e);
  return Float64Array.from(found.filter((x) => x >= from && x <= to));
}

describe.each(cases)('$name', ({ build, reference, from, to }) => {
  const xs = samples(from, to);

  test('is within 3e-11 of the truth in f64, as the header says', () => {
    let worst = 0;
    evaluate(build, xs).forEach((y, index) => {
      const expected = reference(xs[index]!);
      const error = expected === 0 ? Math.abs(y) : Math.abs(y / expected - 1);
      // Below the normal numbers there is no relative precision.
      if (Math.abs(expected) > 2 ** -1022 && !(error <= worst)) worst = error;
    });
    expect(worst).toBeLessThan(3e-11);
    expect(worst).toBeGreaterThan(0);
  });

  test('is within one unit in the last place after rounding to f32', () => {
    const floats = Float64Array.from(Float32Array.from(xs).filter((x) => Number.isFinite(x)));
    const wrong = [...evaluate(build, floats)].flatMap((y, index) => {
      const [found, expected] = [Math.fround(y), Math.fround(reference(floats[index]!))];
      const unit = Math.max(2 ** -149, 2 ** (Math.floor(Math.log2(Math.abs(expected))) - 23));
      const near = found === expected || Math.abs(found - expected) <= unit;
      return near ? [] : [`f(${floats[index]}) = ${found}, expected ${expected}`];
    });
    expect(wrong).toEqual([]);
  });

  test('prints as the same arithmetic', () => {
    const names = collectFunctions([kernelOf(build, 2)]);
    const text = names.map((one: KernelFunction) => printScalarFunction(one, false)).join('\n');
    const printed = new Function('pow2', 'exponent', `${text}\nreturn ${names.at(-1)!.name};`)(pow2, exponent) as (
      x: number,
    ) => number;
    const tried = Float64Array.of(
      ...xs.filter((_, index) => index % 7 === 0),
      NaN,
      Infinity,
      -Infinity,
      0,
      -0,
      5e-324,
      1e308,
      -1e308,
    );
    const differing = [...evaluate(build, tried)].flatMap((y, index) =>
      Object.is(y, printed(tried[index]!)) ? [] : [tried[index]],
    );
    expect(differing).toEqual([]);
  });

  test('passes NaN on', () => {
    expect(at(build, NaN)).toBeNaN();
  });
});

test.each<[string, Build, number, number]>([
  ['exp', exp, 0, 1],
  ['exp', exp, -0, 1],
  ['exp', exp, Infinity, Infinity],
  ['exp', exp, -Infinity, 0],
  ['exp', exp, 709.79, Infinity],
  ['exp', exp, -709, 0],
  ['log', log, 1, 0],
  ['log', log, 0, -Infinity],
  ['log', log, -0, -Infinity],
  ['log', log, -1, NaN],
  ['log', log, -Infinity, NaN],
  ['log', log, Infinity, Infinity],
  ['sigmoid', sigmoid, 0, 0.5],
  ['sigmoid', sigmoid, Infinity, 1],
  ['sigmoid', sigmoid, -Infinity, 0],
  ['sigmoid', sigmoid, -3e38, 0],
  ['tanh', tanh, 0, 0],
  ['tanh', tanh, -0, -0],
  ['tanh', tanh, Infinity, 1],
  ['tanh', tanh, -Infinity, -1],
  ['erf', erf, 0, 0],
  ['erf', erf, -0, -0],
  ['erf', erf, Infinity, 1],
  ['erf', erf, -Infinity, -1],
])('%s', (_, build, x, expected) => {
  expect(at(build, x)).toBe(expected);
});

// Abramowitz and Stegun, table 7.1.
test.each([
  [0.5, 0.5204998778],
  [1, 0.8427007929],
  [1.5, 0.9661051465],
  [2, 0.995322265],
])('erf(%f) = %f', (x, expected) => {
  expect(at(erf, x)).toBeCloseTo(expected, 10);
  expect(at(erf, -x)).toBeCloseTo(-expected, 10);
});

test('tanh and erf are odd, sigmoid(x) + sigmoid(−x) is 1', () => {
  const xs = samples(0, 30);
  const mirrored = xs.map((x) => -x);
  expect(evaluate(tanh, mirrored)).toEqual(evaluate(tanh, xs).map((y) => -y));
  expect(evaluate(erf, mirrored)).toEqual(evaluate(erf, xs).map((y) => -y));
  const [plus, minus] = [evaluate(sigmoid, xs), evaluate(sigmoid, mirrored)];
  expect(Math.max(...plus.map((y, index) => Math.abs(y + minus[index]! - 1)))).toBeLessThan(1e-10);
});
