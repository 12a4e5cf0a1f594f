// Kernel IR by hand: the builder folds, the interpreter and the printed function compute the same, the text reads well.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printKernelFunction } from '../../compiler/codegen/typescript.ts';
import {
  add,
  buildKernel,
  div,
  f64,
  fadd,
  fdiv,
  fmax,
  fmin,
  fmul,
  fsub,
  le,
  lt,
  max,
  min,
  mul,
  promote,
  rem,
  select,
  sub,
  unary,
} from '../../compiler/kernel/builder.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Expression, Kernel } from '../../compiler/kernel/ir.ts';
import { printExpression, printKernel } from '../../compiler/kernel/text.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { exponent, pow2 } from '../../runtime/bits.ts';
import { runs } from '../support/runs.ts';

/** y[i] = Σ x[i .. i+2], scaled by 1/3 where it is positive. */
const smooth = buildKernel('smooth', 'moving average of 3', (k) => {
  const [x, y] = [k.memory('x', 'f32'), k.memory('y', 'f32')];
  const count = k.parameter('count');
  k.comment('three taps');
  k.for('i', 0, sub(count, 2), (i) => {
    const sum = k.cell('s', f64(0));
    k.for('j', 0, 3, (j) => k.accumulate(sum, promote(k.load(x, add(i, j)))));
    k.if(
      lt(f64(0), sum.value),
      () => k.store(y, i, fdiv(sum.value, f64(3))),
      () => k.store(y, i, sum.value),
    );
  });
});

test('the interpreter runs loops, cells and branches', () => {
  const y = new Float32Array(3);
  interpretKernel(
    smooth,
    new Map([
      ['x', Float32Array.of(1, 2, 3, -9, 0)],
      ['y', y],
    ]),
    [5],
  );
  expect([...y]).toEqual([2, Math.fround(-4), Math.fround(-6)]);
});

test('the text of a kernel', () => {
  expect(printKernel(smooth)).toMatchInlineSnapshot(`
    "kernel smooth(x: f32[], y: f32[], count: i32)  # moving average of 3
      # three taps
      for i in 0 .. (count - 2)
        var s: f64 = 0
        for j in 0 .. 3
          s = (s + promote(x[(i + j)]))
        if 0 < s
          y[i] = demote((s / 3))
        else
          y[i] = demote(s)
    "
  `);
});

test('an access out of bounds names kernel, memory and index', () => {
  const run = (length: number): void =>
    interpretKernel(
      smooth,
      new Map([
        ['x', new Float32Array(length)],
        ['y', new Float32Array(3)],
      ]),
      [5],
    );
  expect(() => run(5)).not.toThrow();
  expect(() => run(4)).toThrow(new RangeError('smooth: x[4] of 4'));
});

describe('i32 constructors fold', () => {
  const n: Expression = { kind: 'variable', type: 'i32', variable: { name: 'n', type: 'i32' } };
  test.each<[string, Expression, string]>([
    ['sums of constants', add(2, 3), '5'],
    ['0', add(n, 0), 'n'],
    ['chains of constants', add(add(n, 2), 3), '(n + 5)'],
    ['negative terms', add(n, -2), '(n - 2)'],
    ['differences', sub(add(n, 2), 2), 'n'],
    ['factors', mul(1, n), 'n'],
    ['products with 0', mul(n, 0), '0'],
    ['quotients', div(n, 1), 'n'],
    ['quotients of constants', div(7, 2), '3'],
    ['remainders', rem(n, 1), '0'],
    ['minima', min(3, 4), '3'],
    ['maxima', max(3, 4), '4'],
  ])('%s', (_, expression, text) => {
    expect(printExpression(expression)).toBe(text);
  });

  test('types must agree', () => {
    expect(() => add(f64(1), n)).toThrow(TypeError);
  });
});

/** Random f64 expressions of x[0], x[1] and an i32 loop variable. */
const expressionOf = (loads: readonly Expression[], index: Expression): fc.Arbitrary<Expression> => {
  const whole = fc.integer({ min: -9, max: 9 });
  const integer = fc.letrec<{ e: Expression }>((tie) => ({
    e: fc.oneof(
      { maxDepth: 3 },
      fc.oneof(
        whole.map((value) => add(index, value)),
        fc.constant(index),
      ),
      fc.tuple(tie('e'), whole).map(([a, b]) => mul(a, b)),
      fc.tuple(tie('e'), tie('e')).map(([a, b]) => add(a, b)),
      fc.tuple(tie('e'), tie('e')).map(([a, b]) => sub(a, b)),
      fc.tuple(tie('e'), tie('e')).map(([a, b]) => max(min(a, 50), b)),
      fc.tuple(tie('e'), fc.integer({ min: 1, max: 5 })).map(([a, b]) => div(max(a, 0), b)),
      fc.tuple(tie('e'), fc.integer({ min: 1, max: 5 })).map(([a, b]) => rem(max(a, 0), b)),
    ),
  })).e;
  return fc.letrec<{ e: Expression }>((tie) => ({
    e: fc.oneof(
      { maxDepth: 5 },
      fc.oneof(
        fc.constantFrom(...loads),
        fc.constantFrom(0, -0, -1.5, 1e300, NaN, Infinity).map(f64),
        integer.map((value) => unary('convert', value)),
      ),
      fc
        .tuple(fc.constantFrom(fadd, fsub, fmul, fdiv, fmin, fmax), tie('e'), tie('e'))
        .map(([operation, a, b]) => operation(a, b)),
      fc
        .tuple(fc.constantFrom<'neg' | 'abs' | 'sqrt' | 'floor'>('neg', 'abs', 'sqrt', 'floor'), tie('e'))
        .map(([operation, a]) => unary(operation, a)),
      tie('e').map((a) => unary('promote', unary('demote', a))),
      fc
        .tuple(fc.constantFrom(lt, le), tie('e'), tie('e'), tie('e'), tie('e'))
        .map(([test, a, b, c, d]) => select(test(a, b), c, d)),
      fc.tuple(integer, integer, tie('e'), tie('e')).map(([a, b, c, d]) => select(lt(a, b), c, d)),
      tie('e').map((a) => unary('convert', unary('exponent', fmax(fmin(unary('abs', a), f64(1e300)), f64(1e-300))))),
      tie('e').map((a) => unary('pow2', unary('truncate', fmax(fmin(a, f64(99)), f64(-99))))),
    ),
  })).e;
};

test('printed functions compute what the interpreter computes, bit for bit', () => {
  const make = (seed: fc.Arbitrary<Expression>, write: (value: Expression) => Kernel) => seed.map(write);
  const memories = { x: { name: 'x', type: 'f32' }, y: { name: 'y', type: 'f64' } } as const;
  const i = { kind: 'variable', type: 'i32', variable: { name: 'i', type: 'i32' } } as const;
  const load = (at: number): Expression =>
    promote({ kind: 'load', type: 'f32', memory: memories.x, index: add(at, 0), lanes: 1 });
  const kernels = make(expressionOf([load(0), load(1)], i), (value) => ({
    name: 'random',
    summary: '',
    memories: [memories.x, memories.y],
    parameters: [],
    body: [
      {
        kind: 'for',
        variable: i.variable,
        from: add(0, 0),
        to: add(3, 0),
        step: 1,
        mode: 'serial',
        body: [{ kind: 'store', memory: memories.y, index: i, value, lanes: 1 }],
      },
    ],
  }));
  const number = fc.oneof(fc.float(), fc.constantFrom(NaN, Infinity, -Infinity, -0, 1e-40));
  fc.assert(
    fc.property(kernels, number, number, (kernel, a, b) => {
      expect(verifyKernel(kernel)).toEqual([]);
      const x = Float32Array.of(a, b);
      const [interpreted, printed] = [new Float64Array(3), new Float64Array(3)];
      interpretKernel(
        kernel,
        new Map<string, Float32Array | Float64Array>([
          ['x', x],
          ['y', interpreted],
        ]),
        [],
      );
      const run = new Function('pow2', 'exponent', `${printKernelFunction(kernel, false)}\nreturn random;`)(
        pow2,
        exponent,
      ) as (x: Float32Array, y: Float64Array) => void;
      run(x, printed);
      expect(printed).toEqual(interpreted);
    }),
    runs(1500),
  );
});
