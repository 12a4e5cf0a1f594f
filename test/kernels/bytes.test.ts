// Vectors of sixteen bytes: the interpreter and the emitted WebAssembly, in each form of dot products that hosts get, compute the same
// bits. Expected values from sums of whole numbers modulo 2^32, and from what the WebAssembly specification says of shuffles (4.4.3).

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble } from '../../compiler/codegen/wasm/assembler.ts';
import { emitKernel } from '../../compiler/codegen/wasm/emit.ts';
import { dotsProbe } from '../../compiler/codegen/wasm/probe.ts';
import type { BlockBuilder } from '../../compiler/kernel/builder.ts';
import {
  add,
  buildKernel,
  dotBytes,
  dotPairs,
  fadd,
  fsub,
  i32,
  interleave,
  mul,
  pmax,
  shl,
  swizzle,
  u32,
  unary,
  uor,
  usub,
} from '../../compiler/kernel/builder.ts';
import type { Expression, Interleaving, Kernel, Memory } from '../../compiler/kernel/ir.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { dotForm, dotsAs } from '../../runtime/dots.ts';
import { forms, results } from '../support/dot-forms.ts';
import { runs } from '../support/runs.ts';

/** sums[j] += Σ codes[4j + i] · weights[4j + i] */
const product = buildKernel('k', '', (k) => {
  const sums = k.memory('sums', 'i32');
  const [codes, weights] = [k.loadBytes(k.memory('codes', 'u8'), 0), k.loadBytes(k.memory('weights', 'i8'), 0)];
  k.storeLanes(sums, 0, dotBytes(codes, weights, k.loadLanes(sums, 0, 4)), 4);
});

const sums = (codes: readonly number[], weights: readonly number[], addends: readonly number[]): number[] => [
  ...results(product, {
    codes: Uint8Array.from(codes),
    weights: Int8Array.from(weights),
    sums: Int32Array.from(addends),
  })['sums']!,
];

const sixteen = (least: number, most: number) =>
  fc.array(fc.oneof(fc.constantFrom(least, most), fc.integer({ min: least, max: most })), {
    minLength: 16,
    maxLength: 16,
  });

describe('dot products', () => {
  test('of random bytes, extremes often among them, to any addend', () => {
    const word = fc.oneof(fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0), fc.integer());
    const addends = fc.array(word, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(sixteen(0, 127), sixteen(-128, 127), addends, (codes, weights, start) => {
        const expected = start.map((sum, j) =>
          [0, 1, 2, 3].reduce((total, i) => total + codes[4 * j + i]! * weights[4 * j + i]!, sum),
        );
        expect(sums(codes, weights, start)).toEqual(expected.map((sum) => sum | 0));
      }),
      runs(200),
    );
  });

  test('pairs fill 16 bits, and sums wrap around', () => {
    const [codes, weights] = [
      Array<number>(16).fill(127),
      [...Array<number>(8).fill(-128), ...Array<number>(8).fill(127)],
    ];
    expect(sums(codes, weights, [0, -(2 ** 31), 0, 2 ** 31 - 1])).toEqual([
      -65_024,
      2 ** 31 - 65_024,
      64_516,
      -(2 ** 31) + 64_515,
    ]);
  });

  test('a code of more bits is none where its weight is 0', () => {
    const codes = [255, 127, 128, 1, 200, 0, 0, 0, 1, 2, 3, 255, 255, 255, 127, 127];
    const weights = [0, -128, 0, 5, 0, 9, 9, 9, 1, 1, 1, 0, 0, 0, -128, -128];
    expect(sums(codes, weights, [0, 0, 0, 0])).toEqual([-16_251, 0, 6, -32_512]);
  });
});

/** A matrix product in blocks of `rows` × 8 with unrolled steps and cells, as templates write it; rows × K codes, K × 8 weights. */
function matrixKernel(rows: number, depth: number): Kernel {
  return buildKernel('k', '', (k) => {
    const [codes, weights] = [k.memory('codes', 'u8'), k.memory('weights', 'i8')];
    const result = k.memory('sums', 'i32');
    const cells = Array.from({ length: rows }, () => [0, 1].map(() => k.cell('s', unary('splat_u32', u32(0)))));
    const step = (at: Expression): void => {
      const right = [0, 1].map((j) => k.let('y', k.loadBytes(weights, add(mul(at, 8), 16 * j))));
      cells.forEach((row, i) => {
        const left = k.let('x', k.broadcastBytes(codes, add(at, depth * i)));
        row.forEach((cell, j) => k.set(cell, dotBytes(left, right[j]!, cell.value)));
      });
    };
    k.for('at', 0, depth, step, { step: 4 });
    cells.flat().forEach(({ value }, at) => k.storeLanes(result, 4 * at, value, 4));
  });
}

test('a matrix product in registers, with as many locals as take two bytes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 6 }), fc.nat(), (rows, steps, seed) => {
      const depth = 4 * steps;
      const draw = (at: number): number => (Math.imul(at + 1, 2654435761) ^ Math.imul(seed + 7, 40503)) >>> 11;
      const codes = Uint8Array.from({ length: rows * depth }, (_, at) => draw(at) % 128);
      const weights = Int8Array.from({ length: 8 * depth }, (_, at) => (draw(at + 9999) % 256) - 128);
      const expected = Array.from({ length: 8 * rows }, (_, at) => {
        const [row, column] = [Math.floor(at / 8), at % 8];
        let sum = 0;
        for (let d = 0; d < depth; d += 1) {
          const weight = weights[32 * Math.floor(d / 4) + 4 * column + (d % 4)]!;
          sum += codes[row * depth + d]! * weight;
        }
        return sum;
      });
      expect([
        ...results(matrixKernel(rows, depth), { codes, weights, sums: new Int32Array(8 * rows) })['sums']!,
      ]).toEqual(expected);
    }),
    runs(30),
  );
});

describe('forms', () => {
  const emitted = (plainDots: boolean) => {
    const baseOf = () => ({ kind: 'fixed', bytes: 0 }) as const;
    const options = { baseOf, placeOfConstant: () => 0, fused: false, barrier: 0, plainDots };
    return assemble({
      imported: ['check'],
      functions: emitKernel(matrixKernel(70, 8), options, 1).functions,
      pages: 1,
    });
  };

  test('what is rewritten for hosts without relaxed SIMD is what the emitter writes for them', () => {
    const { bytes, code } = emitted(false);
    expect(dotsAs('plain', bytes, ...code)).toEqual(emitted(true).bytes);
  });

  test('in one form or in pairs a module has the same length', () => {
    const { bytes, code } = emitted(false);
    const { length } = bytes;
    expect(dotsAs('one', bytes, ...code)).toBe(bytes);
    expect(dotsAs('pairs', bytes, ...code)).toHaveLength(length);
    expect(WebAssembly.validate(bytes)).toBe(true);
  });

  test('a host gets one by what it computes of bytes that are too large', () => {
    expect(forms.slice(0, 2)).toContain(dotForm(dotsProbe()));
    expect(dotForm(new Uint8Array(8))).toBe('plain');
  });
});

describe('words of 16 bits', () => {
  /** Of two vectors of words that follow one another: the result. */
  const wordsOf = (build: (a: Expression, b: Expression) => Expression, a: readonly number[], b: readonly number[]) => {
    const kernel = buildKernel('k', '', (k) => {
      const [x, y] = [k.memory('x', 'u8'), k.memory('y', 'u8')];
      const [left, right] = [0, 16].map((at) => k.let('a', unary('u8x16_to_i16x8', k.loadBytes(x, at))));
      const value = build(left!, right!);
      k.storeBytes(y, 0, unary(value.type === 'i16x8' ? 'i16x8_to_u8x16' : 'u32x4_to_u8x16', value), 16);
    });
    const x = new Uint8Array(Int16Array.from([...a, ...b]).buffer);
    return results(kernel, { x, y: new Uint8Array(16) })['y']!.buffer;
  };
  const word = fc.oneof(fc.constantFrom(-32_768, 32_767, 0), fc.integer({ min: -32_768, max: 32_767 }));
  const words = fc.array(word, { minLength: 8, maxLength: 8 });
  const lanes = [0, 1, 2, 3, 4, 5, 6, 7];

  test('sums, differences and shifts wrap around', () => {
    fc.assert(
      fc.property(words, words, fc.nat(15), (a, b, count) => {
        const found = (build: (left: Expression, right: Expression) => Expression) => [
          ...new Int16Array(wordsOf(build, a, b)),
        ];
        const expected = (of: (at: number) => number) => lanes.map((at) => (of(at) << 16) >> 16);
        expect(found(fadd)).toEqual(expected((at) => a[at]! + b[at]!));
        expect(found(fsub)).toEqual(expected((at) => a[at]! - b[at]!));
        expect(found((left) => shl(left, count))).toEqual(expected((at) => a[at]! << count));
      }),
      runs(100),
    );
  });

  test('dot products of pairs, to sums of 32 bits that wrap around', () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const sum = (left: Expression, right: Expression): Expression =>
          dotPairs(left, right, dotPairs(right, right, unary('splat_u32', u32(7))));
        const expected = [0, 1, 2, 3].map((j) => {
          const of = (i: number): number => a[2 * j + i]! * b[2 * j + i]! + b[2 * j + i]! ** 2;
          return (of(0) + of(1) + 7) | 0;
        });
        expect([...new Int32Array(wordsOf(sum, a, b))]).toEqual(expected);
      }),
      runs(100),
    );
  });

  test('bytes become words without signs, and words of 32 bits', () => {
    const kernel = buildKernel('k', '', (k) => {
      const [x, y] = [k.memory('x', 'u8'), k.memory('y', 'u8')];
      const bytes = k.let('x', k.loadBytes(x, 0));
      k.storeBytes(y, 0, unary('i16x8_to_u8x16', unary('widen_low', bytes)), 16);
      k.storeBytes(y, 16, unary('i16x8_to_u8x16', unary('widen_high', bytes)), 16);
      k.storeBytes(y, 32, unary('u32x4_to_u8x16', unary('u8x16_to_u32x4', bytes)), 16);
      k.storeBytes(y, 48, unary('i16x8_to_u8x16', { kind: 'constant', type: 'i16x8', value: -300 }), 16);
    });
    const x = Uint8Array.from({ length: 16 }, (_, at) => 255 - 9 * at);
    const y = results(kernel, { x, y: new Uint8Array(64) })['y']!;
    expect([...new Uint16Array(y.buffer, 0, 16)]).toEqual([...x]);
    expect([...y.subarray(32, 48)]).toEqual([...x]);
    expect([...new Int16Array(y.buffer, 48, 8)]).toEqual(Array(8).fill(-300));
  });
});

describe('other operations', () => {
  const bytesOf = (write: (k: BlockBuilder, x: Memory, y: Memory) => void, x: readonly number[]): number[] => {
    const kernel = buildKernel('k', '', (k) => write(k, k.memory('x', 'u8'), k.memory('y', 'u8')));
    return [...results(kernel, { x: Uint8Array.from(x), y: new Uint8Array(16).fill(170) })['y']!];
  };
  const [a, b] = [16, 32].map((first) => Array.from({ length: 16 }, (_, at) => first + at)) as [number[], number[]];
  const ofTwo = (build: (left: Expression, right: Expression) => Expression, x: readonly number[]): number[] =>
    bytesOf((k, from, y) => k.storeBytes(y, 0, build(k.loadBytes(from, 0), k.loadBytes(from, 16)), 16), x);

  test.each<[Interleaving, readonly number[]]>([
    ['low_bytes', [16, 32, 17, 33, 18, 34, 19, 35, 20, 36, 21, 37, 22, 38, 23, 39]],
    ['high_bytes', [24, 40, 25, 41, 26, 42, 27, 43, 28, 44, 29, 45, 30, 46, 31, 47]],
    ['low_pairs', [16, 17, 32, 33, 18, 19, 34, 35, 20, 21, 36, 37, 22, 23, 38, 39]],
    ['high_pairs', [24, 25, 40, 41, 26, 27, 42, 43, 28, 29, 44, 45, 30, 31, 46, 47]],
  ])('interleaving %s', (of, expected) =>
    expect(ofTwo((left, right) => interleave(of, left, right), [...a, ...b])).toEqual(expected),
  );

  test.each<[Interleaving, readonly number[]]>([
    ['low_lanes', [0, 4, 1, 5]],
    ['high_lanes', [2, 6, 3, 7]],
    ['low_halves', [0, 1, 4, 5]],
    ['high_halves', [2, 3, 6, 7]],
  ])('interleaving %s of four numbers', (of, expected) => {
    const kernel = buildKernel('k', '', (k) => {
      const x = k.memory('x', 'f32');
      k.storeLanes(k.memory('y', 'f32'), 0, interleave(of, k.loadLanes(x, 0, 4), k.loadLanes(x, 4, 4)), 4);
    });
    const x = Float32Array.from({ length: 8 }, (_, lane) => lane);
    expect([...results(kernel, { x, y: new Float32Array(4) })['y']!]).toEqual(expected);
  });

  test('the larger bytes', () => {
    const [x, y] = [a.map((_, at) => at * 17), a.map((_, at) => 255 - at * 17)];
    expect(ofTwo(pmax, [...x, ...y])).toEqual(x.map((value, at) => Math.max(value, y[at]!)));
  });

  test('bytes of a table, and 0 beyond it', () => {
    const indices = [0, 15, 16, 17, 127, 128, 239, 240, 241, 255, 1, 2, 3, 14, 13, 7];
    const table = a.map((_, at) => 100 + at);
    const expected = [100, 115, 0, 0, 0, 0, 0, 0, 0, 0, 101, 102, 103, 114, 113, 107];
    expect(ofTwo(swizzle, [...table, ...indices])).toEqual(expected);
  });

  test.each([
    ['differences wrap around', usub, [0, 1, 200, 16], [16, 1, 100, 17], [240, 0, 100, 255]],
    ['bits of either', uor, [0b1010, 0, 255, 128], [0b0110, 0, 1, 1], [0b1110, 0, 255, 129]],
  ] as const)('%s', (_, operation, x, y, expected) => {
    const four = (values: readonly number[]): readonly number[] => [...values, ...values, ...values, ...values];
    expect(ofTwo(operation, [...four(x), ...four(y)])).toEqual(four(expected));
  });

  test('four vectors of words become one of bytes', () => {
    const kernel = buildKernel('k', '', (k) => {
      const x = k.memory('x', 'i32');
      const parts = [0, 4, 8, 12].map((at) => k.loadLanes(x, at, 4)) as [
        Expression,
        Expression,
        Expression,
        Expression,
      ];
      k.storeBytes(k.memory('y', 'u8'), 0, { kind: 'narrow-bytes', type: 'u8x16', parts }, 16);
    });
    const x = Int32Array.from({ length: 16 }, (_, at) => (at * 37) % 128);
    expect([...results(kernel, { x, y: new Uint8Array(16) })['y']!]).toEqual([...x]);
  });

  test('four bytes four times over', () => {
    const kernel = (k: BlockBuilder, x: Memory, y: Memory): void => k.storeBytes(y, 0, k.broadcastBytes(x, 1), 16);
    expect(bytesOf(kernel, [9, 1, 2, 3, 4])).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
  });

  test.each(Array.from({ length: 16 }, (_, at) => at + 1))('the first %i bytes are stored, and no others', (count) => {
    const stored = bytesOf((k, x, y) => k.storeBytes(y, 0, k.loadBytes(x, 0), count), a);
    expect(stored).toEqual(a.map((value, at) => (at < count ? value : 170)));
  });

  test('a byte in all lanes, and a constant', () => {
    expect(bytesOf((k, x, y) => k.storeBytes(y, 0, unary('splat_u8', k.load(x, 1)), 16), [1, 200])).toEqual(
      Array(16).fill(200),
    );
    const constant: Expression = { kind: 'constant', type: 'u8x16', value: 77 };
    expect(bytesOf((k, _, y) => k.storeBytes(y, i32(0), constant, 16), [1])).toEqual(Array(16).fill(77));
  });
});

describe('what is refused', () => {
  const verdict = (write: (k: BlockBuilder) => void): string => verifyKernel(buildKernel('k', '', write)).join('; ');

  test('bytes of other memory', () =>
    expect(verdict((k) => k.storeBytes(k.memory('y', 'u8'), 0, k.loadBytes(k.memory('x', 'f32'), 0), 16))).toContain(
      'bytes are read of or written to x, which is f32',
    ));
  test('too many bytes', () =>
    expect(verdict((k) => k.storeBytes(k.memory('y', 'u8'), 0, k.loadBytes(k.memory('x', 'u8'), 0), 17))).toContain(
      'sixteen bytes at most',
    ));
  test('words as codes', () =>
    expect(
      verdict((k) => {
        const y = k.memory('y', 'i32');
        const words = k.loadLanes(y, 0, 4);
        k.storeLanes(y, 0, dotBytes(words, k.loadBytes(k.memory('x', 'u8'), 0), words), 4);
      }),
    ).toContain('codes is u32x4, expected u8x16'));
});
