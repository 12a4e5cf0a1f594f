// Winograd's kernels against convolution as it is defined: every geometry by itself, then in networks that choose them.
//
// The bound: transforms and products are f64, and stored three times as f32 (tiles, filters, products), each of which is a
// sum of up to 16 inputs: 1e-6 of the largest sum leaves a factor of 3 for channels in the tens.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printKernelFunction } from '../../compiler/codegen/typescript.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { GraphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, ValueId } from '../../compiler/ir/graph.ts';
import { constant, max, x as operand } from '../../compiler/ir/scalar.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Kernel } from '../../compiler/kernel/ir.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { EpilogueStep } from '../../compiler/templates/epilogue.ts';
import type { WinogradSpec } from '../../compiler/templates/winograd.ts';
import { winograd, winogradFilter, winogradScratch } from '../../compiler/templates/winograd.ts';
import { disagreements } from '../support/agreement.ts';
import { centred } from '../support/formula.ts';
import { feedsOf } from '../support/random-network.ts';
import { runs } from '../support/runs.ts';

const tolerance = 1e-6;

interface Geometry {
  readonly depth: number;
  readonly columns: number;
  readonly height: number;
  readonly width: number;
  /** Top, left, bottom, right. */
  readonly padding: readonly number[];
  readonly images: number;
  readonly bias: boolean;
  readonly relu: boolean;
  readonly residual: boolean;
  readonly pool: 'none' | 'max' | 'avg';
  /** Channels of others between pixels of input and output. */
  readonly gaps: readonly [number, number];
  readonly flip: boolean;
}

const few = fc.integer({ min: 1, max: 9 });
const side = fc.integer({ min: 1, max: 11 });
const geometry: fc.Arbitrary<Geometry> = fc
  .record({
    depth: few,
    columns: few,
    height: side,
    width: side,
    padding: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
    images: fc.integer({ min: 1, max: 2 }),
    bias: fc.boolean(),
    relu: fc.boolean(),
    residual: fc.boolean(),
    pool: fc.constantFrom('none', 'max', 'avg'),
    gaps: fc.tuple(fc.nat(2), fc.nat(2)),
    flip: fc.boolean(),
  })
  .filter(({ height, width, padding: [top, left, bottom, right], pool }) => {
    const least = pool === 'none' ? 3 : 4;
    return height + top + bottom >= least && width + left + right >= least;
  });

test('any geometry: what is stored, and that nothing else is', () => {
  fc.assert(
    fc.property(geometry, (chosen) => {
      const { spec, filters, expected } = instance(chosen);
      const kernels = [winogradFilter('filters', filters), winograd('convolve', spec)] as const;
      expect(kernels.flatMap(verifyKernel)).toEqual([]);
      const interpreted = execute(chosen, spec, (kernel, memories, parameters) =>
        interpretKernel(kernel, memories, parameters),
      );
      const printed = execute(chosen, spec, (kernel, memories, parameters) => {
        const run = new Function(`'use strict';\n${printKernelFunction(kernel, false)}\nreturn ${kernel.name};`)();
        run(...kernel.memories.map(({ name }) => memories.get(name)), ...parameters);
      });
      expect(printed).toEqual(interpreted);
      const largest = Math.max(1, ...expected.values().map(Math.abs));
      interpreted.forEach((value, at) => {
        const wanted = expected.get(at);
        if (wanted === undefined) expect(value, `element ${at}, which is not the kernel's`).toBe(guard);
        else
          expect(Math.abs(value - wanted), `element ${at}: ${value}, not ${wanted}`).toBeLessThan(tolerance * largest);
      });

      function execute(
        { depth, columns, bias, residual, images }: Geometry,
        { input, output }: WinogradSpec,
        run: (kernel: Kernel, memories: Map<string, Float32Array>, parameters: readonly number[]) => void,
      ): Float32Array {
        const packed = new Float32Array(16 * depth * columns + columns);
        const data = numbers(chosen);
        run(
          kernels[0],
          new Map([
            ['source', data.w],
            ['weights', packed],
          ]),
          [filters.origin, 0],
        );
        packed.set(data.b, 16 * depth * columns);
        const xs = images * input.imageStride;
        const zs = residual ? data.z.length : 0;
        const arena = new Float32Array(xs + zs + images * output.imageStride).fill(guard);
        arena.set(data.x);
        if (residual) arena.set(data.z, xs);
        const scratch = new Float32Array(winogradScratch(spec)).fill(NaN);
        const parameters = [0, 0, ...(bias ? [16 * depth * columns] : []), xs + zs, ...(residual ? [xs] : []), images];
        run(
          kernels[1],
          new Map([
            ['arena', arena],
            ['weights', packed],
            ['scratch', scratch],
          ]),
          parameters,
        );
        return arena.slice(xs + zs);
      }
    }),
    runs(150),
  );
});

const guard = 12_345;

/** x [N, H, W, C + gap] · w [O, C, 3, 3] · b [O] · z [N, OH, OW, O], dense in memory. */
function numbers({ depth, columns, height, width, padding, images, gaps }: Geometry) {
  const [top, left, bottom, right] = padding as [number, number, number, number];
  const pixels = (height + top + bottom - 2) * (width + left + right - 2);
  return {
    x: centred(1, images * height * width * (depth + gaps[0]), 1),
    w: centred(2, columns * depth * 9, 1),
    b: centred(3, columns, 1),
    z: centred(4, images * pixels * columns, 1),
  };
}

/** The kernel's description, and by element of the output buffer what convolution, bias, sum, relu and pooling give. */
function instance(chosen: Geometry) {
  const { depth, columns, height, width, padding, images, bias, relu, residual, pool, gaps, flip } = chosen;
  const [top, left, bottom, right] = padding as [number, number, number, number];
  const [oh, ow] = [height + top + bottom - 2, width + left + right - 2];
  const slice = (channels: number, h: number, w: number, gap: number) => ({
    channels,
    height: h,
    width: w,
    pixelStride: channels + gap,
    imageStride: h * w * (channels + gap),
  });
  const input = slice(depth, height, width, gaps[0]);
  const output = pool === 'none' ? slice(columns, oh, ow, gaps[1]) : slice(columns, oh >> 1, ow >> 1, gaps[1]);
  const steps: EpilogueStep[] = [];
  if (residual) steps.push({ kind: 'combine', operation: 'add', imageStride: oh * ow * columns, pixelStride: columns });
  if (relu) steps.push({ kind: 'pointwise', expression: max(operand, constant(0)), vectors: 0 });
  const spec: WinogradSpec = {
    input,
    map: { channels: columns, height: oh, width: ow },
    output,
    padding: [top, left],
    bias,
    epilogue: steps,
    ...(pool === 'none' ? {} : { pool }),
    then: [],
  };
  const origin = flip ? 8 : 0;
  const strides = [depth * 9, 9, flip ? -3 : 3, flip ? -1 : 1] as const;
  const filters = { columns, depth, strides, type: 'f32', origin } as const;

  const { x, w, b, z } = numbers(chosen);
  const at = (n: number, y: number, column: number, c: number): number => {
    const inside = y >= 0 && y < height && column >= 0 && column < width;
    return inside ? x[n * input.imageStride + (y * width + column) * input.pixelStride + c]! : 0;
  };
  const result = (n: number, y: number, column: number, o: number): number => {
    let sum = bias ? b[o]! : 0;
    for (let c = 0; c < depth; c += 1) {
      for (let tap = 0; tap < 9; tap += 1) {
        const weight = w[(o * depth + c) * 9 + (flip ? 8 - tap : tap)]!;
        sum += weight * at(n, y + Math.floor(tap / 3) - top, column + (tap % 3) - left, c);
      }
    }
    if (residual) sum += z[((n * oh + y) * ow + column) * columns + o]!;
    return relu ? Math.max(sum, 0) : sum;
  };
  const expected = new Map<number, number>();
  for (let n = 0; n < images; n += 1) {
    for (let pixel = 0; pixel < output.height * output.width; pixel += 1) {
      for (let o = 0; o < columns; o += 1) {
        const [y, column] = [Math.floor(pixel / output.width), pixel % output.width];
        const four = [0, 1, 2, 3].map((i) => pool !== 'none' && result(n, 2 * y + (i >> 1), 2 * column + (i & 1), o));
        const value =
          pool === 'none'
            ? result(n, y, column, o)
            : pool === 'max'
              ? Math.max(...four.map(Number))
              : four.map(Number).reduce((a, c) => a + c) / 4;
        expected.set(n * output.imageStride + pixel * output.pixelStride + o, value);
      }
    }
  }
  return { spec, filters, expected };
}

type Build = (b: GraphBuilder, x: ValueId, convolve: (extra?: Attributes) => ValueId) => ValueId;

const apply = (builder: GraphBuilder, op: string, inputs: readonly ValueId[], attributes: Attributes = {}): ValueId =>
  builder.node({ op, inputs, attributes })[0];

/** Shapes that the table of algorithms gives to Winograd: an odd map, one of odd width, a large block of tiles. */
const shapes = [
  [16, 11, 11, 16],
  [17, 6, 7, 19],
  [16, 5, 6, 18],
  [18, 14, 14, 17],
] as const;

describe.each(shapes)('%i channels of %i x %i to %i', (depth, height, width, columns) => {
  test.each<[string, Build]>([
    ['convolution', (_, __, convolve) => convolve()],
    ['flipped filters, no bias', (_, __, convolve) => convolve({ mode: 'convolution', bias: false })],
    ['uneven padding', (_, __, convolve) => convolve({ padding: [2, 1, 0, 1] })],
    ['relu and max pooling', (b, _, convolve) => apply(b, 'max_pool', [apply(b, 'relu', [convolve()])], { kernel: 2 })],
    [
      'sigmoid, mean, batch norm',
      (b, _, convolve) => {
        const mean = apply(b, 'avg_pool', [apply(b, 'sigmoid', [convolve()])], { kernel: 2 });
        return apply(b, 'batch_norm', [mean]);
      },
    ],
    [
      'a residual that is overwritten, relu',
      (b, x, convolve) => {
        const shortcut = apply(b, 'conv', [x], { channels: columns, kernel: 1 });
        return apply(b, 'relu', [apply(b, 'add', [shortcut, convolve()])]);
      },
    ],
    [
      'a residual that is read again',
      (b, x, convolve) => {
        const shortcut = apply(b, 'conv', [x], { channels: columns, kernel: 1 });
        const sum = apply(b, 'add', [convolve(), shortcut]);
        return apply(b, 'concat', [sum, shortcut]);
      },
    ],
    [
      'a part of a concatenation',
      (b, x, convolve) => apply(b, 'concat', [apply(b, 'conv', [x], { channels: 3, kernel: 1 }), convolve()]),
    ],
  ])('%s', async (_, build) => {
    const builder = graphBuilder('net', operators);
    const x = builder.input('x', [depth, height, width]);
    const convolve = (extra: Attributes = {}): ValueId =>
      apply(builder, 'conv', [x], { channels: columns, kernel: 3, padding: 1, ...extra });
    builder.output('y', build(builder, x, convolve));
    const graph = builder.finish();
    const names = lower(graph, operators).program.kernels.map(({ name }) => name);
    expect(names.some((name) => name.startsWith('winograd') && !name.startsWith('winograd_filter'))).toBe(true);
    expect(await disagreements(graph, feedsOf(graph, 2), 2, tolerance)).toEqual([]);
  });
});
