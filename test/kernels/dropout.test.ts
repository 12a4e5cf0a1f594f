// Dropout whose mask follows from a counter: the kernels of all targets keep the same elements and compute the same bits as the
// reference, whatever the layout, the threads and the chunk; and the share that is kept is what it should be.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { threefry } from '../../runtime/threefry.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import type { DropoutStream } from '../../compiler/ops/dropout-mask.ts';
import { dropoutMask, inverted } from '../../compiler/ops/dropout-mask.ts';
import { dropout } from '../../compiler/templates/dropout.ts';
import type { DropoutSpec } from '../../compiler/templates/dropout.ts';
import type { Slice } from '../../compiler/templates/geometry.ts';
import type { Target } from '../../compiler/templates/target.ts';
import { fusedTarget, scalarTarget, vectorTarget } from '../../compiler/templates/target.ts';
import { runJavaScriptKernel } from '../support/js-kernel.ts';
import { runs } from '../support/runs.ts';
import { runWasmKernel } from '../support/wasm-kernel.ts';

type Shape = readonly [channels: number, height: number, width: number];

interface Case {
  readonly shape: Shape;
  readonly images: number;
  readonly stream: DropoutStream;
  /** Elements between the channels of two pixels, and between two images, of input and output. */
  readonly gaps?: readonly [pixels: number, images: number, resultPixels: number, resultImages: number];
  /** Sizes of the chunks the batch is cut into. */
  readonly chunk?: number;
}

const at = (slice: Slice, n: number, c: number, pixel: number): number =>
  n * slice.imageStride + pixel * slice.pixelStride + c;

/** Numbers of all sizes, in NCHW order: element i is not 0 for an even i, and some are subnormal, infinite or NaN. */
const given = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => {
    if (i % 17 === 4) return [NaN, Infinity, -0, 3 * 2 ** -149, -3e38][(i >> 4) % 5]!;
    return Math.sin(i + 1) * 2 ** ((i % 9) - 4);
  });

type Run = (
  kernel: ReturnType<typeof dropout>,
  memories: Map<string, Float32Array>,
  parameters: readonly number[],
) => void;

/** What a kernel computes, in NCHW order. Elements between those of the map stay as they are. */
function computed({ shape, images, stream, gaps = [0, 0, 0, 0], chunk = images }: Case, target: Target, run: Run) {
  const [channels, height, width] = shape;
  const pixels = height * width;
  const slice = (pixelGap: number, imageGap: number): Slice => {
    const pixelStride = channels + pixelGap;
    return { channels, height, width, pixelStride, imageStride: pixels * pixelStride + imageGap };
  };
  const [input, output] = [slice(gaps[0], gaps[1]), slice(gaps[2], gaps[3])];
  const lengths = { seedLength: stream.seed.length, stepLength: stream.step.length } as Pick<
    DropoutSpec,
    'seedLength' | 'stepLength'
  >;
  const kernel = dropout('drop', { input, output, rate: stream.rate, node: stream.node, ...lengths }, target);
  expect(verifyKernel(kernel)).toEqual([]);
  const x = 3 + stream.seed.length + stream.step.length;
  const y = x + images * input.imageStride;
  const arena = new Float32Array(y + images * output.imageStride + 1).fill(-77);
  arena.set(stream.seed as number[], 1);
  arena.set(stream.step as number[], 2 + stream.seed.length);
  const data = given(images * channels * pixels);
  const each = (visit: (n: number, c: number, pixel: number, i: number) => void): void => {
    for (let i = 0; i < data.length; i += 1)
      visit(Math.floor(i / (channels * pixels)), Math.floor(i / pixels) % channels, i % pixels, i);
  };
  each((n, c, pixel, i) => (arena[x + at(input, n, c, pixel)] = data[i]!));
  const before = arena.slice();
  const memories = new Map([['arena', arena]]);
  for (let first = 0; first < images; first += chunk) {
    const count = Math.min(chunk, images - first);
    const bases = [x + first * input.imageStride, y + first * output.imageStride];
    run(kernel, memories, [...bases, 1, 2 + stream.seed.length, first, count]);
  }
  const result = new Float32Array(data.length);
  each((n, c, pixel, i) => {
    const place = y + at(output, n, c, pixel);
    result[i] = arena[place]!;
    before[place] = arena[place]!;
  });
  expect(arena).toEqual(before);
  return result;
}

const parts =
  (count: number): Run =>
  (kernel, memories, parameters) =>
    runWasmKernel(kernel, memories, parameters, { parts: count });

const executors: readonly (readonly [string, Target, Run])[] = [
  ['interpreter, scalar', scalarTarget, interpretKernel],
  ['JavaScript', scalarTarget, runJavaScriptKernel],
  ['interpreter, vectors', vectorTarget, interpretKernel],
  ['WebAssembly', vectorTarget, parts(1)],
  ['WebAssembly, fused, three threads', fusedTarget, parts(3)],
];

function expectSame(one: Case): void {
  const [channels, height, width] = one.shape;
  const size = channels * height * width;
  const expected = Float32Array.from(inverted(one.stream, given(one.images * size), size));
  for (const [name, target, run] of executors) expect(computed(one, target, run), name).toEqual(expected);
}

const rates = [0, 0.1, 0.5, 1];
const shapes: readonly Shape[] = [
  [1, 1, 1],
  [7, 1, 1],
  [32, 1, 1],
  [3, 4, 5],
  [4, 3, 3],
  [13, 2, 7],
];

describe('the same bits from the reference and all targets', () => {
  test.each(rates.flatMap((rate) => shapes.map((shape) => [rate, shape] as const)))('p = %d, %o', (rate, shape) => {
    const stream = { rate, node: 3, seed: [12, 40_000], step: [0, 65_535] };
    for (const images of [1, 3]) expectSame({ shape, images, stream });
  });

  test('any geometry, key, probability and chunk', () => {
    const half = fc.oneof(fc.nat(65_535), fc.constantFrom(0, 65_535));
    const word = fc.array(half, { minLength: 1, maxLength: 2 });
    const rate = fc.oneof(fc.constantFrom(...rates), fc.double({ min: 0, max: 1, noNaN: true }));
    const gap = fc.nat(5);
    const any: fc.Arbitrary<Case> = fc.record({
      shape: fc.tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
      images: fc.integer({ min: 1, max: 4 }),
      stream: fc.record({ rate, node: fc.nat(2 ** 20), seed: word, step: word }),
      gaps: fc.tuple(gap, gap, gap, gap),
      chunk: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(fc.property(any, expectSame), runs(60));
  });
});

describe('what is kept', () => {
  const stream = (change: Partial<DropoutStream> = {}): DropoutStream => ({
    rate: 0.5,
    node: 1,
    seed: [7],
    step: [0],
    ...change,
  });
  const count = (mask: Uint8Array): number => mask.reduce((total, kept) => total + kept, 0);
  const elements = 200_000;

  test.each([0.001, 0.1, 0.3, 0.5, 0.9])('a share of 1 − %d, within four standard deviations', (rate) => {
    const kept = count(dropoutMask(stream({ rate }), 4, elements / 4));
    expect(Math.abs(kept - elements * (1 - rate))).toBeLessThan(4 * Math.sqrt(elements * rate * (1 - rate)));
  });

  test('everything at 0 and nothing at 1', () => {
    expect(count(dropoutMask(stream({ rate: 0 }), 2, 1000))).toBe(2000);
    expect(count(dropoutMask(stream({ rate: 1 }), 2, 1000))).toBe(0);
    expect([...inverted(stream({ rate: 0 }), [1.5, -0, Infinity], 3)]).toEqual([1.5, -0, Infinity]);
    expect([...inverted(stream({ rate: 1 }), [1.5, NaN, Infinity], 3)]).toEqual([0, 0, 0]);
  });

  test('the mean stays', () => {
    const x = Array.from({ length: elements }, () => 1);
    const rate = 0.25;
    const mean = inverted(stream({ rate }), x, elements).reduce((total, value) => total + value) / elements;
    expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(rate / (1 - rate) / elements));
  });

  test('follows from the words as documented', () => {
    const one = stream({ rate: 0.3, node: 5, seed: [2, 9], step: [1, 4] });
    const key = [2 * 65_536 + 9, ((65_536 + 4) ^ Number((5n * 0x9e3779b9n) % 2n ** 32n)) >>> 0] as const;
    const threshold = 5_033_165; // ⌈0.3 · 2^24⌉ = ⌈5033164.8⌉
    const expected = [3, 4].flatMap((n) =>
      Array.from({ length: 50 }, (_, i) => (Math.floor(threefry(...key, n, i)[0] / 256) >= threshold ? 1 : 0)),
    );
    expect([...dropoutMask(one, 2, 50, 3)]).toEqual(expected);
  });

  test('an element stays up to the probability of its own 24 bits', () => {
    const bits = threefry(7, 0x9e3779b9, 0, 2)[0] >>> 8;
    const one = (rate: number): Case => ({ shape: [3, 1, 1], images: 1, stream: stream({ rate }) });
    for (const [rate, kept] of [
      [bits / 2 ** 24, 1],
      [bits / 2 ** 24 + 2 ** -40, 0],
      [(bits + 1) / 2 ** 24, 0],
    ] as const) {
      expect(dropoutMask(one(rate).stream, 1, 3)[2]).toBe(kept);
      expectSame(one(rate));
    }
  });

  test.each<[string, DropoutStream, number]>([
    ['the next step', stream({ step: [1] }), 0],
    ['another seed', stream({ seed: [8] }), 0],
    ['another upper half', stream({ seed: [1, 7] }), 0],
    ['another node', stream({ node: 2 }), 0],
    ['the next image', stream(), 1],
  ])('%s drops others', (_, other, first) => {
    const [a, b] = [dropoutMask(stream(), 1, 20_000), dropoutMask(other, 1, 20_000, first)];
    const same = a.reduce((total, kept, at) => total + (kept === b[at] ? 1 : 0), 0);
    expect(Math.abs(same - 10_000)).toBeLessThan(4 * Math.sqrt(5000));
  });

  test('one number is the lower half of two', () =>
    expect(dropoutMask(stream(), 1, 500)).toEqual(dropoutMask(stream({ seed: [0, 7], step: [0, 0] }), 1, 500)));

  test('no two nodes up to 2^10 have a key in common in steps below 2^20', () => {
    // Two such keys would have nodes whose products agree in the upper 12 bits.
    const upper = Array.from({ length: 2 ** 10 + 1 }, (_, node) => Math.imul(node, 0x9e3779b9) >>> 20);
    expect(new Set(upper).size).toBe(upper.length);
  });
});
