// Dot products of bytes that hosts without an instruction for them join two by two: the same sums in every form, and what may be joined.
// Expected values from sums of whole numbers.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble } from '../../compiler/codegen/wasm/assembler.ts';
import { emitKernel } from '../../compiler/codegen/wasm/emit.ts';
import type { BlockBuilder } from '../../compiler/kernel/builder.ts';
import { buildKernel, dotBytes, joinedDots, joinsDots, lt } from '../../compiler/kernel/builder.ts';
import type { Binding } from '../../compiler/kernel/interpret.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Kernel } from '../../compiler/kernel/ir.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { joinable, joinableLength } from '../../compiler/templates/quantized/joinable.ts';
import { dotsAs } from '../../runtime/dots.ts';
import { forms, results } from '../support/dot-forms.ts';
import { runs } from '../support/runs.ts';
import { runWasmKernel } from '../support/wasm-kernel.ts';

const vectors = (k: BlockBuilder) => {
  const [codes, weights] = [k.memory('codes', 'u8'), k.memory('weights', 'i8')];
  const dot = (at: number) => ({ codes: k.loadBytes(codes, at), weights: k.loadBytes(weights, at) });
  return [dot(0), dot(16)] as const;
};

/** sums[j] += the products of two vectors, joined where the host does so. */
const product = buildKernel('k', '', (k) => {
  const sums = k.memory('sums', 'i32');
  const [first, second] = vectors(k);
  const start = k.let('s', k.loadLanes(sums, 0, 4));
  k.if(
    lt(0, joinsDots),
    () => k.storeLanes(sums, 0, joinedDots(first, second, start), 4),
    () => {
      const one = dotBytes(first.codes, first.weights, start);
      k.storeLanes(sums, 0, dotBytes(second.codes, second.weights, one), 4);
    },
  );
});

/** 32 weights of which those that meet in 16 bits have sums of up to 258 of either sign. */
const small = fc.oneof(
  fc.array(fc.integer({ min: -64, max: 64 }), { minLength: 32, maxLength: 32 }),
  fc.constant(Array.from({ length: 32 }, (_, at) => (at < 16 ? -128 : at % 2 === 0 ? -2 : 0))),
  fc.constant(Array.from({ length: 32 }, (_, at) => (at < 16 ? 127 : 2))),
);

const pairedSums = (weights: readonly number[], codes: readonly number[]): number[] =>
  [0, 1, 2, 3].map((j) =>
    [0, 16].reduce(
      (total, first) =>
        total + [0, 1, 2, 3].reduce((sum, i) => sum + codes[first + 4 * j + i]! * weights[first + 4 * j + i]!, 0),
      0,
    ),
  );

describe('joined dot products', () => {
  test('are the sums of both, in every form', () => {
    const code = fc.oneof(fc.constant(127), fc.integer({ min: 0, max: 127 }));
    fc.assert(
      fc.property(small, fc.array(code, { minLength: 32, maxLength: 32 }), fc.integer(), (weights, codes, start) => {
        const given = {
          codes: Uint8Array.from(codes),
          weights: Int8Array.from(weights),
          sums: new Int32Array(4).fill(start),
        };
        const expected = pairedSums(weights, codes).map((sum) => (sum + start) | 0);
        expect([...results(product, given)['sums']!]).toEqual(expected);
      }),
      runs(200),
    );
  });

  test('of larger weights are refused by the interpreter', () => {
    const memories = (most: number) =>
      new Map<string, Binding>([
        ['codes', new Uint8Array(32).fill(127)],
        ['weights', new Int8Array(32).map((_, at) => (at === 16 ? most : at < 16 ? 127 : 0))],
        ['sums', new Int32Array(4)],
      ]);
    expect(() => interpretKernel(product, memories(4), [])).not.toThrow();
    expect(() => interpretKernel(product, memories(5), [])).toThrow('joined dot products add up to 32893');
  });

  test('run where a host takes dot products in pairs, and only there', () => {
    const joins = buildKernel('k', '', (k) => {
      const [first] = vectors(k);
      k.storeLanes(
        k.memory('sums', 'i32'),
        0,
        dotBytes(first.codes, first.weights, k.loadLanes(k.memory('sums', 'i32'), 0, 4)),
        4,
      );
      k.store(k.memory('sums', 'i32'), 0, joinsDots);
    });
    const seen = forms.map((dots) => {
      const sums = new Int32Array(4);
      const memories = new Map<string, Binding>([
        ['codes', new Uint8Array(16)],
        ['weights', new Int8Array(16)],
        ['sums', sums],
      ] as const);
      runWasmKernel(joins, memories, [], { dots });
      return sums[0];
    });
    expect(Object.fromEntries(forms.map((form, at) => [form, seen[at]]))).toEqual({ one: 0, pairs: 1, plain: 0 });
  });

  test('leave no relaxed instruction to hosts without', () => {
    const options = {
      baseOf: () => ({ kind: 'fixed', bytes: 0 }) as const,
      placeOfConstant: () => 0,
      fused: false,
      barrier: 0,
    };
    const { bytes, code } = assemble({
      imported: ['check'],
      functions: emitKernel(product, options, 1).functions,
      pages: 1,
    });
    const plain = dotsAs('plain', bytes, ...code);
    expect(WebAssembly.validate(plain.slice())).toBe(true);
    // The relaxed instructions, 0x100 to 0x113, in LEB128.
    const relaxed = [...plain].filter(
      (byte, at) => byte === 0xfd && plain[at + 1]! >= 0x80 && plain[at + 1]! <= 0x93 && plain[at + 2] === 2,
    );
    expect(relaxed).toEqual([]);
  });
});

describe('which may be joined', () => {
  const kernel: Kernel = joinable('k');

  /** For each run of steps of eight columns, one byte for each part of up to four steps. */
  const verdicts = (weights: Int8Array, runsOfAll: number, steps: number): number[] => {
    const parts = Math.ceil(steps / 4);
    return Array.from({ length: runsOfAll * parts }, (_, at) => {
      const [run, part] = [Math.floor(at / parts), at % parts];
      const own = Array.from({ length: Math.min(4, steps - 4 * part) }, (_, i) => {
        const from = (run * steps + 4 * part + i) * 32;
        return weights.subarray(from, from + 32);
      });
      for (let i = 0; i + 1 < own.length; i += 2)
        for (let u = 0; u < 32; u += 2) {
          const four = [own[i]![u]!, own[i]![u + 1]!, own[i + 1]![u]!, own[i + 1]![u + 1]!];
          // Codes are 127 where the weight has one sign, and 0 elsewhere: the largest and the least sum.
          const [most, least] = [1, -1].map((sign) => four.reduce((sum, w) => sum + (sign * w > 0 ? 127 * w : 0), 0));
          if (most! > 32_767 || least! < -32_768) return 0;
        }
      return 1;
    });
  };

  test('of random matrices', () => {
    expect(verifyKernel(kernel)).toEqual([]);
    const shape = fc.record({
      ...{ groups: fc.integer({ min: 1, max: 3 }), panels: fc.integer({ min: 1, max: 3 }) },
      ...{
        runs: fc.integer({ min: 1, max: 3 }),
        steps: fc.integer({ min: 1, max: 9 }),
        most: fc.integer({ min: 40, max: 127 }),
      },
      seed: fc.nat(),
    });
    const seen = new Set<number>();
    fc.assert(
      fc.property(shape, ({ groups, panels, runs, steps, most, seed }) => {
        const draw = (at: number): number => (Math.imul(at + 1, 2_654_435_761) ^ Math.imul(seed + 7, 40_503)) >>> 9;
        const weights = panels * runs * steps * 32;
        const size = weights + joinableLength({ panels, runs, steps });
        const bytes = new Int8Array(3 + groups * size).map((_, at) => (draw(at) % (2 * most + 2)) - most - 1);
        const expected = Array.from({ length: groups }, (_, group) =>
          verdicts(bytes.slice(3 + group * size), panels * runs, steps),
        );
        const given = [3, groups, size, weights, panels * runs, steps];
        const before = bytes.slice();
        const inWasm = bytes.slice();
        runWasmKernel(kernel, new Map([['bytes', inWasm]]), given, { dots: 'pairs' });
        interpretKernel(kernel, new Map([['bytes', bytes]]), given);
        expect(inWasm).toEqual(bytes);
        for (let group = 0; group < groups; group += 1) {
          const from = 3 + group * size;
          expect([...bytes.subarray(from + weights, from + size)]).toEqual(expected[group]);
          expect(bytes.subarray(from, from + weights)).toEqual(before.subarray(from, from + weights));
          expected[group]!.forEach((verdict) => seen.add(verdict));
        }
      }),
      runs(60),
    );
    expect([...seen].toSorted()).toEqual([0, 1]);
  });

  test.each([
    [[86, 86, 86, 0], 1],
    [[86, 86, 86, 1], 0],
    [[-86, -86, -86, 127], 1],
    [[-86, -86, -87, 127], 0],
    [[127, 127, -128, -128], 1],
  ] as const)('of %j', (four, verdict) => {
    const bytes = new Int8Array(65);
    [0, 1, 32, 33].forEach((place, i) => (bytes[10 + place] = four[i]!));
    interpretKernel(kernel, new Map([['bytes', bytes]]), [0, 1, 65, 64, 1, 2]);
    expect(bytes[64]).toBe(verdict);
  });
});
