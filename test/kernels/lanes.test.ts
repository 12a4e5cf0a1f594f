// The vector nodes of kernel IR, one by one: what they compute, in the interpreter and as WebAssembly. Expected values from
// IEEE 754 and the WebAssembly specification (4.3.3, 4.3.5).

import { describe, expect, test } from 'vitest';
import { printKernelFunction } from '../../compiler/codegen/typescript.ts';
import {
  add,
  and,
  buildKernel,
  commonBits,
  eq,
  fadd,
  fdiv,
  fmadd,
  fmax,
  fmin,
  fmul,
  fsub,
  i32,
  lanes,
  le,
  lt,
  mul,
  pmax,
  pmin,
  select,
  umax,
  unary,
} from '../../compiler/kernel/builder.ts';
import type { BlockBuilder } from '../../compiler/kernel/builder.ts';
import type { Binding } from '../../compiler/kernel/interpret.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Expression, Kernel, LaneCount, Memory, UnaryOperation } from '../../compiler/kernel/ir.ts';
import { printKernel } from '../../compiler/kernel/text.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { bf16 } from '../../runtime/bf16.ts';
import { runWasmKernel } from '../support/wasm-kernel.ts';

/** What memory `y` holds afterwards, the same from both. */
function results(
  kernel: Kernel,
  inputs: Readonly<Record<string, Binding>>,
  length: number,
  parameters: readonly number[] = [],
): number[] {
  expect(verifyKernel(kernel)).toEqual([]);
  const [interpreted, emitted] = [interpretKernel, runWasmKernel].map((run) => {
    const y = new Float32Array(length).fill(-7);
    run(kernel, new Map<string, Binding>([...Object.entries(inputs), ['y', y]]), parameters);
    return [...y];
  });
  expect(emitted).toEqual(interpreted);
  return interpreted!;
}

type Write = (k: BlockBuilder, x: Memory, y: Memory) => void;

const onFloats = (write: Write, x: readonly number[], length = 4): number[] => {
  const kernel = buildKernel('k', '', (k) => write(k, k.memory('x', 'f32'), k.memory('y', 'f32')));
  return results(kernel, { x: Float32Array.from(x) }, length);
};

/** Of up to three vectors that follow one another in `x`: the vector that is stored. */
function vectorOf(build: (a: Expression, b: Expression, c: Expression) => Expression, x: readonly number[]): number[] {
  const padded = Array.from({ length: 12 }, (_, at) => x[at] ?? 0);
  return onFloats((k, from, y) => {
    const [a, b, c] = [0, 4, 8].map((at) => k.loadLanes(from, at, 4)) as [Expression, Expression, Expression];
    k.storeLanes(y, 0, build(a, b, c), 4);
  }, padded);
}
const scalarOf = (build: (a: Expression) => Expression, x: readonly number[]): number =>
  onFloats((k, from, y) => k.store(y, 0, build(k.loadLanes(from, 0, 4))), x, 1)[0]!;
const unaryOf = (operation: UnaryOperation, x: readonly number[]): number[] => vectorOf((a) => unary(operation, a), x);

const counts: readonly LaneCount[] = [1, 2, 3, 4];

describe('memory', () => {
  test.each(counts)('a load of %i lanes fills the others with zeros and reads no further', (count) => {
    const read = onFloats(
      (k, x, y) => k.storeLanes(y, 0, k.loadLanes(x, 1, count), 4),
      [1, 2, 3, 4, 5].slice(0, count + 1),
    );
    expect(read).toEqual([0, 1, 2, 3].map((lane) => (lane < count ? lane + 2 : 0)));
  });

  test.each(counts)('a store of %i lanes leaves what follows', (count) => {
    const written = onFloats((k, x, y) => k.storeLanes(y, 1, k.loadLanes(x, 0, 4), count), [1, 2, 3, 4], count + 1);
    expect(written).toEqual([-7, 1, 2, 3, 4].slice(0, count + 1));
    const kept = onFloats((k, x, y) => k.storeLanes(y, 1, k.loadLanes(x, 0, 4), count), [1, 2, 3, 4], 6);
    expect(kept).toEqual([-7, 1, 2, 3, 4, -7].map((value, at) => (at > count ? -7 : value)));
  });

  test.each(counts)('%i lanes out of bounds are refused by the interpreter', (count) => {
    const kernel = buildKernel('k', '', (k) => k.storeLanes(k.memory('y', 'f32'), 1, lanes(1), count));
    const run = (length: number): void => interpretKernel(kernel, new Map([['y', new Float32Array(length)]]), []);
    expect(() => run(count + 1)).not.toThrow();
    expect(() => run(count)).toThrow(new RangeError(`k: y[1] of ${count}`));
  });

  test('bf16 is the upper half of an f32', () => {
    const kernel = buildKernel('k', '', (k) => {
      const [h, y] = [k.memory('h', 'bf16'), k.memory('y', 'f32')];
      k.storeLanes(y, 0, k.loadLanes(h, 1, 4), 4);
      k.storeLanes(y, 4, k.loadLanes(h, 5, 4), 4);
    });
    const h = Uint16Array.of(0x1234, 0x3f80, 0xc020, 0x8000, 0x7f80, 0x0001, 0x7f7f, 0x7fc0, 0x3dcd);
    expect(results(kernel, { h }, 8)).toEqual([1, -2.5, -0, Infinity, 2 ** -133, 255 * 2 ** 120, NaN, 205 * 2 ** -11]);
  });

  // Ties go to the even half: 1 + 2^-8 down, 1 + 3 · 2^-8 up.
  test.each([
    [1, 0x3f80],
    [1 + 2 ** -8, 0x3f80],
    [1 + 2 ** -8 + 2 ** -20, 0x3f81],
    [1 + 3 * 2 ** -8, 0x3f82],
    [-1 - 3 * 2 ** -8, 0xbf82],
    [-0, 0x8000],
    [2 ** -149, 0x0000],
    [2 ** -133, 0x0001],
    [3.4028234663852886e38, 0x7f80],
    [-Infinity, 0xff80],
    [NaN, 0x7fc0],
  ])('%f is stored as bf16 by prepare', (value, half) => {
    const kernel = buildKernel('k', '', (k) => k.store(k.memory('h', 'bf16'), 0, k.load(k.memory('x', 'f32'), 0)));
    expect(verifyKernel(kernel)).toEqual([]);
    const x = Float32Array.of(value);
    const [interpreted, printed] = [new Uint16Array(1), new Uint16Array(1)];
    interpretKernel(
      kernel,
      new Map<string, Binding>([
        ['h', interpreted],
        ['x', x],
      ]),
      [],
    );
    const text = `${printKernelFunction(kernel, false)}\nreturn k;`;
    (new Function('bf16', text)(bf16) as (h: Uint16Array, x: Float32Array) => void)(printed, x);
    expect([interpreted[0], printed[0]]).toEqual([half, half]);
  });

  test('an element, or a constant rounded to f32, in every lane', () => {
    expect(onFloats((k, x, y) => k.storeLanes(y, 0, unary('splat', k.load(x, 1)), 4), [1, 2])).toEqual([2, 2, 2, 2]);
    expect(vectorOf(() => lanes(0.1), [])).toEqual(Array.from({ length: 4 }, () => Math.fround(0.1)));
    expect(vectorOf(() => lanes(-0), [])).toEqual([-0, -0, -0, -0]);
    expect(vectorOf(() => lanes(NaN), [])).toEqual([NaN, NaN, NaN, NaN]);
    expect(vectorOf(() => fadd(lanes(Infinity), lanes(1e-45)), [])).toEqual(Array.from({ length: 4 }, () => Infinity));
  });
});

describe('lane by lane', () => {
  test.each<[UnaryOperation, readonly number[], readonly number[]]>([
    ['neg', [1, -2, 0, Infinity], [-1, 2, -0, -Infinity]],
    ['abs', [1, -2, -0, -Infinity], [1, 2, 0, Infinity]],
    ['sqrt', [4, 2, -0, -1], [2, Math.fround(Math.SQRT2), -0, NaN]],
    ['floor', [1.5, -1.5, -0, -0.5], [1, -2, -0, -1]],
    ['pow2_lanes', [128, 127, -126, -127], [Infinity, 2 ** 127, 2 ** -126, 0]],
    ['pow2_lanes', [0, -1, 23, -23], [1, 0.5, 2 ** 23, 2 ** -23]],
    [
      'pow2_of_sum',
      [2 ** 23 + 2 ** 22 + 127, 2 ** 23 + 2 ** 22, 2 ** 23 + 2 ** 22 + 255, 2 ** 23 + 2 ** 22 + 126],
      [1, 0, Infinity, 0.5],
    ],
    ['exponent_lanes', [1, 2 - 2 ** -23, 2 ** -126, 3.4028234663852886e38], [0, 0, -126, 127]],
    ['exponent_lanes', [0.5, 3, 1 - 2 ** -24, 1024], [-1, 1, -1, 10]],
  ])('%s', (operation, x, expected) => expect(unaryOf(operation, x)).toEqual(expected));

  const specials = [NaN, 1, -0, 0, 1, NaN, 0, -0] as const;
  test.each<[string, (a: Expression, b: Expression) => Expression, readonly number[], readonly number[]]>([
    [
      'add rounds to f32',
      fadd,
      [1, 1, 2 ** 24, 3e38, 2 ** -24, 2 ** -23, 1, 3e38],
      [1, 1 + 2 ** -23, 2 ** 24, Infinity],
    ],
    ['sub', fsub, [1, 0, Infinity, 5, 1, 0, Infinity, 7], [0, 0, NaN, -2]],
    ['mul', fmul, [3, 2 ** -100, -0, Infinity, 5, 2 ** -49, 1, 0], [15, 2 ** -149, -0, NaN]],
    ['div', fdiv, [1, 1, -1, 0, 3, 0, 0, 0], [Math.fround(1 / 3), Infinity, -Infinity, NaN]],
    ['min keeps NaN, and orders zeros', fmin, specials, [NaN, NaN, -0, -0]],
    ['max keeps NaN, and orders zeros', fmax, specials, [NaN, NaN, 0, 0]],
    ['pmin is the left one unless the right one is less', pmin, specials, [NaN, 1, -0, 0]],
    ['pmax is the left one unless it is less', pmax, specials, [NaN, 1, -0, 0]],
    [
      'umax of numbers from +0 up',
      umax,
      [0, 3, Infinity, NaN, 2 ** -149, 2, 3e38, Infinity],
      [2 ** -149, 3, Infinity, NaN],
    ],
    ['umax keeps NaN on the right, too', umax, [0, 1, Infinity, 0, NaN, NaN, NaN, 0], [NaN, NaN, NaN, 0]],
    ['and has the bits of both', commonBits, [-0, -1, 3, 0, -0, 1, -1, -0], [-0, 1, 0, 0]],
    ['pmin of numbers', pmin, [1, 4, -1, Infinity, 2, 3, -2, 0], [1, 3, -2, 0]],
    ['pmax of numbers', pmax, [1, 4, -1, -Infinity, 2, 3, -2, 0], [2, 4, -1, 0]],
  ])('%s', (_, operation, x, expected) => expect(vectorOf(operation, x)).toEqual(expected));

  test('madd rounds the product, then the sum', () => {
    // (1 + 2^-12)² = 1 + 2^-11 + 2^-24, whose last term is half a unit in the last place.
    const a = 1 + 2 ** -12;
    const x = [a, 3, 2 ** 100, Infinity, a, 5, 2 ** 100, 0, -1 - 2 ** -11, 7, -Infinity, 1];
    expect(vectorOf(fmadd, x)).toEqual([0, 22, NaN, NaN]);
  });

  test('relaxed, madd may round once', () => {
    const kernel = buildKernel('k', '', (k) => {
      const x = k.memory('x', 'f32');
      const [a, c] = [k.loadLanes(x, 0, 4), k.loadLanes(x, 4, 4)];
      k.storeLanes(k.memory('y', 'f32'), 0, fmadd(a, a, c), 4);
    });
    const [a, c] = [1 + 2 ** -12, -1 - 2 ** -11];
    const y = new Float32Array(4);
    const memories = new Map([
      ['x', Float32Array.of(a, a, 3, -0, c, c, 1, 0)],
      ['y', y],
    ]);
    runWasmKernel(kernel, memories, [], { fused: true });
    expect([0, 2 ** -24]).toContain(y[0]);
    expect([...y]).toEqual([y[0], y[0], 10, 0]);
  });
});

describe('across lanes', () => {
  test('the sum is (0 + 2) + (1 + 3)', () => {
    const sum = (x: readonly number[]): number => scalarOf((a) => unary('sum_lanes', a), x);
    expect(sum([1, 2, 3, 4])).toBe(10);
    // In order it would be 1, pairwise 0.
    expect(sum([2 ** 24, 1, -(2 ** 24), 1])).toBe(2);
    expect(sum([-0, -0, -0, -0])).toBe(-0);
  });

  test('the maximum keeps NaN, and orders zeros', () => {
    const max = (x: readonly number[]): number => scalarOf((a) => unary('max_lanes', a), x);
    expect([0, 1, 2, 3].map((at) => max([1, 2, 3, 4].map((value, lane) => (lane === at ? 9 : value))))).toEqual([
      9, 9, 9, 9,
    ]);
    expect([0, 1, 2, 3].map((at) => max([1, 2, 3, 4].map((value, lane) => (lane === at ? NaN : value))))).toEqual([
      NaN,
      NaN,
      NaN,
      NaN,
    ]);
    expect(max([-0, -0, 0, -0])).toBe(0);
    expect(max([-0, -1, -2, -Infinity])).toBe(-0);
  });
});

describe('choices', () => {
  const x = [1, 2, 3, NaN, 2, 2, 2, 2, 10, 20, 30, 40];
  test.each<[string, (a: Expression, b: Expression, c: Expression) => Expression, readonly number[]]>([
    ['less', (a, b, c) => select(lt(a, b), c, a), [10, 2, 3, NaN]],
    ['at most', (a, b, c) => select(le(a, b), c, a), [10, 20, 3, NaN]],
    ['equal', (a, b, c) => select(eq(a, b), c, a), [1, 20, 3, NaN]],
    ['both', (a, b, c) => select(and(le(lanes(2), a), le(a, b)), c, lanes(0)), [0, 20, 0, 0]],
    ['a number for all lanes', (a, b) => select(lt(unary('sum_lanes', b), unary('max_lanes', b)), a, b), [2, 2, 2, 2]],
    ['an index for all lanes', (a, b) => select(lt(2, 3), a, b), [1, 2, 3, NaN]],
  ])('%s', (_, build, expected) => expect(vectorOf(build, x)).toEqual(expected));
});

const sumRows = buildKernel(
  'sum_rows',
  'sums of rows of four',
  (k) => {
    const [x, shared, y] = [k.memory('x', 'f32'), k.memory('shared', 'f32'), k.memory('y', 'f32')];
    const rows = k.parameter('rows');
    k.for('i', 0, rows, (i) => k.store(shared, i, unary('sum_lanes', k.loadLanes(x, mul(i, 4), 4))), {
      parallel: true,
    });
    k.barrier();
    k.for('j', 0, 1, (j) => k.store(y, j, fadd(k.load(shared, 0), k.load(shared, add(rows, -1)))), { parallel: true });
  },
  { keepParallel: true },
);

test('a barrier is nothing to one thread', () => {
  const x = Float32Array.from({ length: 12 }, (_, at) => at);
  expect(results(sumRows, { x, shared: new Float32Array(3) }, 1, [3])).toEqual([6 + 38]);
});

test('the text of a kernel on vectors', () => {
  expect(printKernel(sumRows)).toMatchInlineSnapshot(`
    "kernel sum_rows(x: f32[], shared: f32[], y: f32[], rows: i32)  # sums of rows of four
      parallel for i in 0 .. rows
        shared[i] = sum_lanes(x[(i * 4) +4])
      barrier
      parallel for j in 0 .. 1
        y[j] = (shared[0] + shared[(rows - 1)])
    "
  `);
  const all = buildKernel('all', 'every node', (k) => {
    const [h, y] = [k.memory('h', 'bf16'), k.memory('y', 'f32')];
    const v = k.let('v', k.loadLanes(h, i32(0), 4));
    k.prefetch(h, 8);
    k.storeLanes(y, 4, fmadd(v, lanes(0.5), pmin(pmax(v, lanes(-0)), lanes(1))), 2);
    k.storeLanes(y, 0, select(lt(v, lanes(1)), v, unary('splat', unary('max_lanes', v))), 4);
    k.barrier();
  });
  expect(printKernel(all)).toMatchInlineSnapshot(`
    "kernel all(h: bf16[], y: f32[])  # every node
      let v: f32x4 = h[0 +4]
      prefetch h[8]
      y[4 +2] = madd(v, 0.5, pmin(pmax(v, -0), 1))
      y[0 +4] = select(v < 1, v, splat(max_lanes(v)))
      barrier
    "
  `);
});
