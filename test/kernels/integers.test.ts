// Integers of kernel IR: u32 and u32x4, and memories of u8, u16 and i32. The interpreter, the printed JavaScript and the emitted
// WebAssembly compute the same bits; expected values from arithmetic modulo 2^32.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printKernelFunction } from '../../compiler/codegen/typescript.ts';
import {
  add,
  and,
  buildKernel,
  eq,
  f64,
  i32,
  laneNumbers,
  lanes,
  le,
  lt,
  mul,
  rotl,
  select,
  shl,
  shr,
  sub,
  sum,
  u32,
  u32Lanes,
  uadd,
  uand,
  umul,
  unary,
  uor,
  usub,
  uxor,
} from '../../compiler/kernel/builder.ts';
import type { BlockBuilder } from '../../compiler/kernel/builder.ts';
import type { Binding } from '../../compiler/kernel/interpret.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Expression, Kernel, LaneCount, Memory } from '../../compiler/kernel/ir.ts';
import { printKernel } from '../../compiler/kernel/text.ts';
import { isVector } from '../../compiler/kernel/walk.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { runJavaScriptKernel } from '../support/js-kernel.ts';
import { runs } from '../support/runs.ts';
import { runWasmKernel } from '../support/wasm-kernel.ts';

type Memories = Readonly<Record<string, Binding>>;

const all = { interpretKernel, runJavaScriptKernel, runWasmKernel } as const;
const onVectors = { interpretKernel, runWasmKernel } as const;

/** The memories afterwards, the same from each; what is given stays as it is. */
function results(kernel: Kernel, given: Memories, by: Partial<typeof all>, parameters: readonly number[] = []) {
  expect(verifyKernel(kernel), printKernel(kernel)).toEqual([]);
  const found = Object.values(by).map((run) => {
    const memories = new Map(Object.entries(given).map(([name, array]) => [name, array.slice()]));
    run(kernel, memories, parameters);
    return Object.fromEntries(memories);
  });
  for (const one of found) expect(one, printKernel(kernel)).toEqual(found[0]);
  return found[0]!;
}

const bitsOf = ({ buffer }: Binding): number[] => [...new Uint32Array(buffer)];

/** A u32 of two that are given. */
function scalarOf(build: (a: Expression, b: Expression) => Expression, a: number, b = 0): number {
  const kernel = buildKernel('k', '', (k) => {
    const [x, y] = [k.memory('x', 'i32'), k.memory('y', 'i32')];
    const [left, right] = [0, 1].map((at) => k.let('a', unary('i32_to_u32', k.load(x, at))));
    k.store(y, 0, build(left!, right!));
  });
  return bitsOf(results(kernel, { x: Int32Array.of(a, b), y: new Int32Array(1) }, all)['y']!)[0]!;
}

/** A u32x4 of two that are given. */
function vectorOf(
  build: (a: Expression, b: Expression) => Expression,
  a: readonly number[] = [0, 0, 0, 0],
  b: readonly number[] = [0, 0, 0, 0],
): number[] {
  const kernel = buildKernel('k', '', (k) => {
    const [x, y] = [k.memory('x', 'i32'), k.memory('y', 'i32')];
    const [left, right] = [0, 4].map((at) => k.let('a', k.loadLanes(x, at, 4)));
    k.storeLanes(y, 0, build(left!, right!), 4);
  });
  return bitsOf(results(kernel, { x: Int32Array.of(...a, ...b), y: new Int32Array(4) }, onVectors)['y']!);
}

const top = 2 ** 32 - 1;

/** `word` makes a constant of the operands' type. */
type Binary = (a: Expression, b: Expression, word: (value: number) => Expression) => Expression;

describe('operations', () => {
  test.each<[string, Binary, number, number, number]>([
    ['a sum wraps around', uadd, top, 2, 1],
    ['a difference wraps around', usub, 1, 3, top - 1],
    ['a product has the lower 32 bits', umul, 0x9e3779b9, 0x85ebca6b, Number((0x9e3779b9n * 0x85ebca6bn) % 2n ** 32n)],
    ['and', uand, 0xff00ff00, 0xf0f0f0f0, 0xf000f000],
    ['or', uor, 0xff00ff00, 0x80f0f0f0, 0xfff0fff0],
    ['xor', uxor, 0xff00ff00, 0xf0f0f0f0, 0x0ff00ff0],
    ['shl', (a) => shl(a, 4), 0xf234_5678, 0, 0x2345_6780],
    ['shl by nothing', (a) => shl(a, 0), top, 0, top],
    ['shr, with zeros', (a) => shr(a, 4), 0xf234_5678, 0, 0x0f23_4567],
    ['shr by nothing', (a) => shr(a, 0), top, 0, top],
    ['shr by all but one', (a) => shr(a, 31), top, 0, 1],
    ['rotl', (a) => rotl(a, 8), 0xf234_5678, 0, 0x3456_78f2],
    ['a constant', (a, _, word) => uadd(a, word(0x8000_0000)), 1, 0, 0x8000_0001],
    ['less, without signs', (a, b) => select(lt(a, b), a, b), 0x8000_0000, 1, 1],
    ['at most', (a, b, word) => select(le(a, b), word(1), word(2)), top, top, 1],
    ['equal', (a, b, word) => select(eq(a, b), word(1), word(2)), top, 1, 2],
    ['both', (a, b, word) => select(and(lt(b, a), eq(b, word(1))), word(1), word(2)), top, 1, 1],
  ])('%s', (_, build, a, b, expected) => {
    const onNumbers = (left: Expression, right: Expression): Expression => build(left, right, u32);
    const onLanes = (left: Expression, right: Expression): Expression => build(left, right, u32Lanes);
    expect(scalarOf(onNumbers, a, b)).toBe(expected);
    const others = [scalarOf(onNumbers, 7, 7), scalarOf(onNumbers, 0, top), scalarOf(onNumbers, top, 1)];
    expect(vectorOf(onLanes, [7, 0, a, top], [7, top, b, 1])).toEqual([others[0], others[1], expected, others[2]]);
  });

  test('lane numbers, and a number in every lane', () => {
    expect(vectorOf((a) => uadd(a, laneNumbers), [10, 20, 30, top])).toEqual([10, 21, 32, 2]);
    expect(vectorOf(() => unary('splat_u32', unary('i32_to_u32', i32(-3))))).toEqual([
      top - 2,
      top - 2,
      top - 2,
      top - 2,
    ]);
    expect(vectorOf(() => u32Lanes(0xdeadbeef))).toEqual([0xdeadbeef, 0xdeadbeef, 0xdeadbeef, 0xdeadbeef]);
  });

  test('a number chooses for all lanes', () =>
    expect(vectorOf((a, b) => select(lt(u32(1), u32(2)), b, a), [1, 2, 3, 4], [5, 6, 7, 8])).toEqual([5, 6, 7, 8]));
});

describe('conversions', () => {
  const converted = (value: number): { f32: number; f64: number; i32: number } => {
    const kernel = buildKernel('k', '', (k) => {
      const [x, y] = [k.memory('x', 'i32'), k.memory('y', 'f32')];
      const given = k.let('u', unary('i32_to_u32', k.load(x, 0)));
      k.store(y, 0, unary('u32_to_f32', given));
      k.store(y, 1, unary('u32_to_f64', shr(given, 8)));
      k.store(y, 2, unary('u32_to_f64', uand(given, u32(0xff))));
      k.store(x, 0, unary('u32_to_i32', unary('f64_to_u32', unary('u32_to_f64', given))));
    });
    const { x, y } = results(kernel, { x: Int32Array.of(value), y: new Float32Array(3) }, all);
    return { f32: y![0]!, f64: y![1]! * 256 + y![2]!, i32: x![0]! };
  };
  test.each([
    [0, 0],
    [1, 1],
    [2 ** 24 - 1, 2 ** 24 - 1],
    // Ties go to the even neighbour.
    [2 ** 24 + 1, 2 ** 24],
    [2 ** 24 + 3, 2 ** 24 + 4],
    [2 ** 31, 2 ** 31],
    [top, 2 ** 32],
  ])('%i is %i as f32, exact as f64', (value, float) => {
    expect(converted(value)).toEqual({ f32: float, f64: value, i32: value | 0 });
    const kernel = buildKernel('k', '', (k) => {
      const given = k.loadLanes(k.memory('x', 'i32'), 0, 4);
      k.storeLanes(k.memory('y', 'f32'), 0, unary('u32x4_to_f32x4', given), 4);
    });
    const { y } = results(kernel, { x: Int32Array.of(value, 0, 1, value), y: new Float32Array(4) }, onVectors);
    expect([...y!]).toEqual([float, 0, 1, float]);
  });

  test.each([
    [-0.5, 0],
    [-0, 0],
    [65_535.9, 65_535],
    [2 ** 31, 2 ** 31],
    [2 ** 32 - 1, top],
    [NaN, 0],
  ])('%d as f64 is %i', (value, expected) => expect(scalarOf(() => unary('f64_to_u32', f64(value)), 0)).toBe(expected));
});

describe('random expressions', () => {
  type Build = (a: readonly Expression[], constant: (value: number) => Expression) => Expression;
  const word = fc.oneof(fc.nat(top), fc.constantFrom(0, 1, 2 ** 31, top));
  const count = fc.nat(31);
  const build = fc.letrec<{ e: Build }>((tie) => ({
    e: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.oneof(
        fc.nat(2).map(
          (at): Build =>
            (a) =>
              a[at]!,
        ),
        word.map(
          (value): Build =>
            (_, constant) =>
              constant(value),
        ),
      ),
      fc.tuple(fc.constantFrom(uadd, usub, umul, uand, uor, uxor), tie('e'), tie('e')).map(
        ([operation, a, b]): Build =>
          (...of) =>
            operation(a(...of), b(...of)),
      ),
      fc.tuple(fc.constantFrom(shl, shr), tie('e'), count).map(
        ([operation, a, by]): Build =>
          (...of) =>
            operation(a(...of), by),
      ),
      fc.tuple(fc.constantFrom(lt, le, eq), tie('e'), tie('e'), tie('e'), tie('e')).map(
        ([test, a, b, c, d]): Build =>
          (...of) =>
            select(test(a(...of), b(...of)), c(...of), d(...of)),
      ),
    ),
  })).e;

  test('are the same from all, on numbers and on lanes', () => {
    const words = fc.array(word, { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(build, words, (write, given) => {
        const scalars = buildKernel('scalars', '', (k) => {
          const [x, y] = [k.memory('x', 'i32'), k.memory('y', 'i32')];
          k.for('i', 0, 4, (i) => {
            const a = [0, 4, 8].map((at) => k.let('a', unary('i32_to_u32', k.load(x, add(i, at)))));
            k.store(y, i, write(a, u32));
          });
        });
        const vectors = buildKernel('vectors', '', (k) => {
          const [x, y] = [k.memory('x', 'i32'), k.memory('y', 'i32')];
          const a = [0, 4, 8].map((at) => k.let('a', k.loadLanes(x, at, 4)));
          k.storeLanes(y, 0, write(a, u32Lanes), 4);
        });
        const memories = { x: Int32Array.from(given), y: new Int32Array(4) };
        const one = results(scalars, memories, all)['y'];
        expect(results(vectors, memories, onVectors)['y'], printKernel(vectors)).toEqual(one);
      }),
      runs(700),
    );
  });
});

describe('memories', () => {
  const arrays = { u8: Uint8Array, u16: Uint16Array, i32: Int32Array } as const;
  const types = ['u8', 'u16', 'i32'] as const;
  const values = [0x81, 0x7fff, 0xfffe, -2, 0x12345678, 3];

  test.each(types)('%s, one by one', (type) => {
    const kernel = buildKernel('k', '', (k) => {
      const [x, y, z] = [k.memory('x', type), k.memory('y', type), k.memory('z', 'i32')];
      k.for('i', 0, 5, (i) => {
        const value = k.let('v', k.load(x, add(i, 1)));
        k.store(y, add(i, 1), value.type === 'u32' ? uadd(value, u32(1)) : add(value, 1));
        k.store(z, i, value);
      });
    });
    const x = arrays[type].from(values);
    const { y, z } = results(kernel, { x, y: new arrays[type](7).fill(9), z: new Int32Array(5) }, all);
    expect([...z!]).toEqual([...x.slice(1)]);
    expect([...y!]).toEqual([9, ...arrays[type].from([...x.slice(1)].map((value) => value + 1)), 9]);
  });

  const counts: readonly LaneCount[] = [1, 2, 3, 4];
  test.each(types.flatMap((type) => counts.map((count) => [type, count] as const)))(
    '%s: %i lanes, no more are read or written',
    (type, count) => {
      const kernel = buildKernel('k', '', (k) => {
        const [x, y, z] = [k.memory('x', type), k.memory('y', type), k.memory('z', 'i32')];
        const value = k.let('v', k.loadLanes(x, add(k.parameter('p'), 1), count));
        k.storeLanes(z, 0, value, 4);
        k.storeLanes(y, 1, uadd(value, u32Lanes(0x101)), count);
      });
      const x = arrays[type].from(values.slice(0, count + 1));
      const y = new arrays[type](count + 2).fill(9);
      const { y: written, z } = results(kernel, { x, y, z: new Int32Array(4) }, onVectors, [0]);
      const read = [...x.slice(1)];
      expect([...z!]).toEqual([0, 1, 2, 3].map((lane) => read[lane] ?? 0));
      expect([...written!]).toEqual([9, ...arrays[type].from(read.map((value) => value + 0x101)), 9]);
    },
  );

  test('what was loaded is an index into memories of any size', () => {
    const kernel = buildKernel('k', '', (k) => {
      const [at, bytes, x, y] = [
        k.memory('at', 'i32'),
        k.memory('b', 'u8'),
        k.memory('x', 'f32'),
        k.memory('y', 'f32'),
      ];
      k.for('i', 0, k.parameter('n'), (i) => {
        const place = k.let('p', k.load(at, i));
        const byte = k.let('q', unary('u32_to_i32', k.load(bytes, add(place, mul(i, 2)))));
        k.store(bytes, sub(11, i), unary('i32_to_u32', sum(place, byte, 250)));
        k.store(y, i, k.load(x, sum(place, byte)));
        k.store(y, add(i, 3), k.load(x, k.load(at, i)));
      });
    });
    const { b, y } = results(
      kernel,
      {
        at: Int32Array.of(2, 0, 1),
        b: Uint8Array.of(9, 9, 1, 9, 9, 3, 9, 9, 9, 9, 9, 9),
        x: Float32Array.of(0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5),
        y: new Float32Array(6),
      },
      all,
      [3],
    );
    expect([...y!]).toEqual([3.5, 1.5, 4.5, 2.5, 0.5, 1.5]);
    expect([...b!]).toEqual([9, 9, 1, 9, 9, 3, 9, 9, 9, 254, 251, 253]);
  });

  test('masks as bytes choose between vectors of f32', () => {
    const kernel = buildKernel('k', '', (k) => {
      const [m, x] = [k.memory('m', 'u8'), k.memory('x', 'f32')];
      const value = k.let('v', k.loadLanes(x, 0, 4));
      const positive = select(lt(lanes(0), value), u32Lanes(1), u32Lanes(0));
      k.storeLanes(m, 0, positive, 4);
      const kept = k.let('m', k.loadLanes(m, 4, 4));
      k.storeLanes(x, 0, select(eq(kept, u32Lanes(0)), lanes(0), value), 4);
    });
    const memories = { m: Uint8Array.of(9, 9, 9, 9, 1, 1, 0, 255), x: Float32Array.of(1, -1, NaN, 2) };
    const { m, x } = results(kernel, memories, onVectors);
    expect([...m!]).toEqual([1, 0, 0, 1, 1, 1, 0, 255]);
    expect([...x!]).toEqual([1, -1, 0, 2]);
  });
});

const writing = (write: (k: BlockBuilder) => void): Kernel => buildKernel('k', 'integers', write);
const memoryOf = (k: BlockBuilder): Memory => k.memory('y', 'i32');

test('the text of a kernel', () => {
  const kernel = writing((k) => {
    const bytes = k.memory('b', 'u8');
    const a = k.let('a', k.load(bytes, 0));
    k.store(bytes, 1, uxor(rotl(a, 3), umul(a, u32(5))));
    k.store(memoryOf(k), 0, a);
    k.storeLanes(bytes, 4, uadd(k.loadLanes(bytes, 4, 3), laneNumbers), 2);
  });
  expect(printKernel(kernel)).toMatchInlineSnapshot(`
    "kernel k(b: u8[], y: i32[])  # integers
      let a: u32 = b[0]
      b[1] = xor(or(shl(a, 3), shr(a, 29)), (a * 5))
      y[0] = u32_to_i32(a)
      b[4 +2] = (b[4 +3] + lane_numbers)
    "
  `);
});

test('the JavaScript of a kernel', () => {
  const kernel = writing((k) => {
    const bytes = k.memory('b', 'u8');
    const a = k.let('a', k.load(bytes, 0));
    const b = k.let('b', uadd(uxor(rotl(a, 3), a), umul(a, u32(0x9e3779b9))));
    k.store(memoryOf(k), 0, select(lt(shr(b, 8), u32(5)), usub(a, b), u32(7)));
  });
  expect(printKernelFunction(kernel, true)).toMatchInlineSnapshot(`
    "// integers
    function k(b: Uint8Array, y: Int32Array): void {
      const a = b[0]!;
      const b_1 = ((((a << 3) | (a >>> 29)) ^ a) + Math.imul(a, 2654435769)) >>> 0;
      y[0] = (((b_1 >>> 8) < 5 ? (a - b_1) >>> 0 : 7) | 0);
    }
    "
  `);
});

describe('refused', () => {
  const word = u32(1);
  const vector = u32Lanes(1);
  const binary = (operation: 'div' | 'min' | 'or', type: 'u32' | 'f64' | 'f32x4', one: Expression): Expression => ({
    kind: 'binary',
    type,
    operation,
    left: one,
    right: one,
  });
  const declared = (value: Expression): Kernel => {
    const variable = { name: 'v', type: value.type };
    const body = [{ kind: 'let', variable, value, mutable: false }] as const;
    return { name: 'k', summary: '', memories: [], parameters: [], body };
  };
  test.each<[Expression, string]>([
    [u32(-1), '-1 is no u32'],
    [u32Lanes(2 ** 32), '4294967296 is no u32'],
    [u32(0.5), '0.5 is no u32'],
    [u32(-0), '0 is no u32'],
    [binary('div', 'u32', word), 'div of u32'],
    [binary('min', 'u32', word), 'min of u32'],
    [binary('or', 'f64', f64(1)), 'or of f64'],
    [binary('or', 'f32x4', lanes(1)), 'or of f32x4'],
    [unary('neg', word), 'neg of u32'],
    [unary('abs', vector), 'abs of u32x4'],
    [unary('u32_to_f32', i32(1)), 'operand of u32_to_f32 is i32, expected u32'],
    [unary('splat', word), 'operand of splat is u32, expected f32'],
    [shl(word, 32), 'shl by 32'],
    [shr(word, -1), 'shr by -1'],
    [
      { kind: 'shift', type: 'u32', operation: 'shl', operand: vector, count: 1 },
      'operand of shl is u32x4, expected u32',
    ],
    [select(lt(vector, vector), word, word), 'lt compares u32x4, expected a number'],
    [{ ...laneNumbers, type: 'f32x4' } as unknown as Expression, 'lane numbers is f32x4, expected u32x4'],
  ])('%o', (value, sentence) => expect(verifyKernel(declared(value)).join()).toContain(sentence));

  const access = (type: Memory['type'], value: Expression): string =>
    verifyKernel(
      writing((k) => {
        const y = k.memory('y', type);
        k.if(lt(0, 1), () => (isVector(value.type) ? k.storeLanes(y, 0, value, 4) : k.store(y, 0, value)));
      }),
    ).join();
  test.each<[Memory['type'], Expression, string]>([
    ['u8', lanes(1), 'vector of y is f32x4, expected u32x4'],
    ['f32', vector, 'vector of y is u32x4, expected f32x4'],
    ['f64', vector, 'a vector is written to y, which is f64'],
    ['u16', unary('demote', f64(1)), 'operand of i32_to_u32 is f32, expected i32'],
    ['f32', word, 'operand of demote is u32, expected f64'],
  ])('stored to %s', (type, value, sentence) => expect(access(type, value)).toContain(sentence));

  test('shifts of other types', () => expect(() => shl(i32(1), 1)).toThrow('kernel IR: shl of i32'));

  test('vectors in JavaScript', () => {
    const print = (value: Expression) => (): string =>
      printKernelFunction(
        writing((k) => k.storeLanes(memoryOf(k), 0, value, 4)),
        false,
      );
    expect(print(laneNumbers)).toThrow('JavaScript has no vectors: lane numbers');
    expect(print(unary('splat_u32', word))).toThrow('JavaScript has no vectors: splat_u32');
  });
});
