// Elementary functions on vectors: within 2 to 4 units in the last place of f64 references, which test/kernels/ulp.ts checks for every f32, and
// the same bits in the interpreter.

import { describe, expect, test } from 'vitest';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import { compileMapping, elementary, erf, mapKernel, unitsApart } from '../support/elementary.ts';
import type { Elementary } from '../support/elementary.ts';

const specials = [0, -0, 1, -1, NaN, Infinity, -Infinity, 2 ** -149, -(2 ** -149), 2 ** -126, 3.4e38, -3.4e38];
/** Where the functions change what they do, and where results become 0, denormal or infinite. */
const edges = [
  0.625,
  1,
  2,
  3.92,
  3.96875,
  Math.SQRT2,
  0.5,
  40,
  20,
  87.3,
  88.72284,
  88.7228394,
  89,
  103.28,
  103.97,
  104,
  9.01,
];

/** Every 12,007th f32 of both signs, 200,000 numbers of the size of a layer's results, and the neighbours of the edges. */
function samples(): Float32Array {
  const bits = Uint32Array.from({ length: Math.ceil(2 ** 32 / 12_007) }, (_, at) => at * 12_007);
  const common = Array.from({ length: 200_000 }, (_, at) => Math.sinh((at - 100_000) / 18_500));
  const near = edges.flatMap((edge) =>
    [-4, -3, -2, -1, 0, 1, 2, 3, 4].flatMap((k) => [1, -1].map((s) => s * edge * (1 + k * 2 ** -23))),
  );
  const all = [...new Float32Array(bits.buffer), ...common, ...near, ...specials];
  while (all.length % 4 > 0) all.push(0);
  return Float32Array.from(all);
}

const xs = samples();

function evaluate(one: Elementary, fused: boolean): Float32Array {
  const mapping = compileMapping(one, xs.length, fused);
  mapping.x.set(xs);
  mapping.run();
  return mapping.y;
}

describe.each(elementary)('$name', (one) => {
  test.each([false, true])('is within its units in the last place; products added with one rounding: %s', (fused) => {
    let [worst, at] = [0, NaN];
    evaluate(one, fused).forEach((y, index) => {
      const x = xs[index]!;
      if (!one.covers(x)) return;
      const units = unitsApart(y, one.reference(x));
      if (!(units <= worst)) [worst, at] = [units, x];
    });
    expect(worst, `at ${at}`).toBeLessThan(one.units);
    expect(worst).toBeGreaterThan(0.5);
  });

  test('gives the same bits in the interpreter', () => {
    const sparse = xs.filter((_, index) => index % 97 === 0 || index >= xs.length - 300);
    const length = sparse.length - (sparse.length % 4);
    const [x, y] = [sparse.slice(-length), new Float32Array(length)];
    interpretKernel(
      mapKernel(one, length),
      new Map([
        ['x', x],
        ['y', y],
      ]),
      [],
    );
    const mapping = compileMapping(one, length, false);
    mapping.x.set(x);
    mapping.run();
    const different = y.findIndex((value, index) => !Object.is(value, mapping.y[index]));
    expect(different, `f(${x[different]}) = ${mapping.y[different]}, interpreted ${y[different]}`).toBe(-1);
  });
});

test.each([
  ['exp', 0, 1],
  ['exp', -0, 1],
  ['exp', Infinity, Infinity],
  ['exp', -Infinity, 0],
  ['exp', 88.73, Infinity],
  ['exp', 88.72, 3.3931806e38],
  ['exp', -103.97, 2 ** -149],
  ['exp', -104, 0],
  ['exp', NaN, NaN],
  ['log', 1, 0],
  ['log', 0, -Infinity],
  ['log', -0, -Infinity],
  ['log', -1, NaN],
  ['log', -Infinity, NaN],
  ['log', Infinity, Infinity],
  ['log', 2 ** -126, -87.33655],
  ['log', 3.4028234663852886e38, 88.72284],
  ['log', NaN, NaN],
  ['sigmoid', 0, 0.5],
  ['sigmoid', Infinity, 1],
  ['sigmoid', -Infinity, 0],
  ['sigmoid', -3e38, 0],
  ['sigmoid', -103, 2 ** -149],
  ['sigmoid', NaN, NaN],
  ['fused sigmoid', 0, 0.5],
  ['fused sigmoid', Infinity, 1],
  ['fused sigmoid', -Infinity, 0],
  ['fused sigmoid', -3e38, 0],
  ['fused sigmoid', NaN, NaN],
  ['fused silu', 0, 0],
  ['fused silu', Infinity, Infinity],
  ['fused silu', -Infinity, NaN],
  ['fused silu', -3e38, -0],
  ['fused silu', NaN, NaN],
  ['tanh', 0, 0],
  // The sign of a zero is lost.
  ['tanh', -0, 0],
  ['tanh', 2 ** -149, 2 ** -149],
  ['tanh', Infinity, 1],
  ['tanh', -Infinity, -1],
  ['tanh', NaN, NaN],
  ['erf', 0, 0],
  ['erf', -0, -0],
  ['erf', Infinity, 1],
  ['erf', -Infinity, -1],
  ['erf', NaN, NaN],
  // Abramowitz and Stegun, table 7.1.
  ['erf', 0.5, 0.5204998778],
  ['erf', 1, 0.8427007929],
  ['erf', -1.5, -0.9661051465],
  ['erf', 2, 0.995322265],
])('%s(%f) = %f', (name, x, expected) => {
  const one = elementary.find((each) => each.name === name)!;
  const mapping = compileMapping(one, 4, false);
  mapping.x.fill(x);
  mapping.run();
  for (const y of mapping.y) {
    const exact = Math.fround(expected) === expected || !Number.isFinite(expected);
    if (exact) expect(y).toBe(expected);
    else expect(Math.abs(y / expected - 1)).toBeLessThan(1e-6);
  }
});

test('tanh and erf are odd', () => {
  for (const name of ['tanh', 'erf']) {
    const one = elementary.find((each) => each.name === name)!;
    const mapping = compileMapping(one, 4000, false);
    const positive = Float32Array.from({ length: 4000 }, (_, at) => (at + 1) / 700);
    const run = (sign: number): Float32Array => {
      mapping.x.set(positive.map((x) => sign * x));
      mapping.run();
      return mapping.y.map((y) => sign * y);
    };
    expect(run(-1)).toEqual(run(1));
  }
});

test('the reference of erf is that of the table', () => {
  expect(erf(0.5)).toBeCloseTo(0.5204998778, 10);
  expect(erf(-2)).toBeCloseTo(-0.995322265, 9);
});
