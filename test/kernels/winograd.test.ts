// Winograd's kernels against convolution as it is defined: every form and geometry on both targets, then networks that choose them.
//
// The bound. For x and w with the same variance everywhere, element i of a transformed line has ‖Bᵢ‖ and ‖Gᵢ‖ times the deviation of
// its inputs, and reaches result k with the factor A_ki. A rounding of it, 2^-24 of it, is therefore seen in a result as
// √Σᵢ A_ki² ‖Bᵢ‖² ‖Gᵢ‖² / √r times 2^-24 of the result's own deviation (r taps a line) where one axis is transformed, and where both
// are as the square of that:
//
//   F(2, 3)  (2·1 + 2·¾ + 2·¾) / 3 = 5/3
//   F(4, 3)  (11.32 + 2·6.17 + 2·0.445) / 3 = 8.19   (k = 0; 0.445 = ‖B₃‖² ‖G₃‖² = 3.75 · 0.119)
//   F(2, 5)  (11.32 + 2·6.50 + 2·2.43) / 5 = 5.84   (k = 0)
//
// Sums in f64 round three times, when tiles, filters and products are stored: a deviation of √3. In f32 each transform rounds two or
// three times more, and so do the last additions over the channels, the only ones of full size: some nine times, √9. Three
// deviations are 5 in f64 and 9 in f32, of max(1, largest result).

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
import { fusedTarget, scalarTarget, vectorTarget } from '../../compiler/templates/target.ts';
import type { Target } from '../../compiler/templates/target.ts';
import { packedLength, panelsOf, registerBlock } from '../../compiler/templates/register-block.ts';
import {
  winogradFilter,
  winogradFilterArguments,
  winogradFilterLength,
} from '../../compiler/templates/winograd-filter.ts';
import { largestRatio } from '../../compiler/templates/winograd-range.ts';
import type { Line, Phased } from '../../compiler/templates/winograd-transforms.ts';
import { mostResults, plainLine, resultSides, square } from '../../compiler/templates/winograd-transforms.ts';
import type { WinogradSpec } from '../../compiler/templates/winograd-run.ts';
import { winograd } from '../../compiler/templates/winograd.ts';
import { winogradScratch, winogradWorkspace } from '../../compiler/templates/winograd-geometry.ts';
import { disagreements } from '../support/agreement.ts';
import { centred } from '../support/formula.ts';
import { feedsOf } from '../support/random-network.ts';
import { runs } from '../support/runs.ts';
import { runWasmKernel } from '../support/wasm-kernel.ts';

const phased = (results: Line['results'], kernel: number, stride: number): Phased => ({
  form: square({ results, filter: Math.ceil(kernel / stride) as Line['filter'] }),
  kernel: [kernel, kernel],
  stride,
});
const across = (results: Line['results'], filter: Line['filter']): Phased => ({
  form: { down: plainLine, across: { results, filter } },
  kernel: [1, filter],
  stride: 1,
});
const down = (results: Line['results'], filter: Line['filter']): Phased => ({
  form: { down: { results, filter }, across: plainLine },
  kernel: [filter, 1],
  stride: 1,
});
/** √Σᵢ A_ki² ‖Bᵢ‖² ‖Gᵢ‖² / √r of the worst result, squared where both axes are transformed. */
const forms: readonly (readonly [Phased, number])[] = [
  [phased(2, 3, 1), 5 / 3],
  [phased(4, 3, 1), 8.19],
  [phased(2, 5, 1), 5.84],
  [phased(4, 5, 1), 29.76],
  [phased(2, 7, 1), 24.77],
  [phased(5, 3, 1), 28.45],
  [phased(4, 4, 1), 22.15],
  [phased(4, 7, 2), 22.15],
  [phased(4, 11, 4), 8.19],
  [across(4, 3), Math.sqrt(8.19)],
  [down(4, 5), Math.sqrt(29.76)],
  [across(4, 7), Math.sqrt(158.6)],
  [down(4, 7), Math.sqrt(158.6)],
];
const targets: readonly (readonly [string, Target])[] = [
  ['f64', scalarTarget],
  ['f32', vectorTarget],
  ['f32 with fused multiply–adds', fusedTarget],
];
/** Forms that no JavaScript is compiled to (schedule/algorithm.ts), but for those with a stride, whose phases are the same everywhere. */
const isForVectors = ({ form, stride }: Phased): boolean =>
  stride === 1 && !(mostResults(form) === 2 && form.across.filter === 3);
const boundOf = (amplification: number, { lanes }: Target): number => 2 ** -24 * amplification * (lanes === 1 ? 5 : 9);

interface Geometry {
  readonly depth: number;
  readonly columns: number;
  readonly height: number;
  readonly width: number;
  /** Top, left, bottom, right. */
  readonly padding: readonly number[];
  /** Rows and columns from tap to tap. */
  readonly dilation: readonly [number, number];
  readonly images: number;
  readonly bias: boolean;
  readonly relu: boolean;
  readonly residual: boolean;
  readonly pool: 'none' | 'max' | 'avg';
  /** Channels of others between pixels of input and output. */
  readonly gaps: readonly [number, number];
  readonly flip: boolean;
  /** Elements of the input that are something else: where, as a part of its length. */
  readonly planted?: readonly (readonly [at: number, value: number])[];
  /** What weights are multiplied with. */
  readonly weightScale?: number;
}

const few = fc.integer({ min: 1, max: 9 });
const geometryOf = ({ form, kernel, stride }: Phased): fc.Arbitrary<Geometry> => {
  const [vertical, horizontal] = kernel.map((taps) => fc.nat(taps - 1)) as [fc.Arbitrary<number>, fc.Arbitrary<number>];
  const side = fc.integer({ min: 1, max: stride === 1 ? 13 : kernel[0] + 6 * stride });
  const step = stride === 1 ? fc.constantFrom(1, 1, 2, 3, 7) : fc.constant(1);
  const isPooled = resultSides(form).every((results) => results % 2 === 0);
  return fc
    .record({
      depth: few,
      columns: few,
      height: side,
      width: side,
      padding: fc.tuple(vertical, horizontal, vertical, horizontal),
      dilation: fc.tuple(step, step),
      images: fc.integer({ min: 1, max: 2 }),
      bias: fc.boolean(),
      relu: fc.boolean(),
      residual: fc.boolean(),
      // Windows of 2×2 do not divide tiles of 5×5 or 1×4: schedule/group.ts.
      pool: fc.constantFrom(...(isPooled ? (['none', 'max', 'avg'] as const) : (['none'] as const))),
      gaps: fc.tuple(fc.nat(2), fc.nat(2)),
      flip: fc.boolean(),
    })
    .filter(({ height, width, padding: [top, left, bottom, right], dilation, pool, residual }) => {
      // Nothing is added to what is pooled, and no dilated results are: schedule/group.ts.
      if (pool !== 'none' && (residual || dilation[0] * dilation[1] > 1)) return false;
      const more = pool === 'none' ? 0 : stride;
      const [rows, columns] = reachOf(kernel, dilation);
      return height + top + bottom >= rows + more && width + left + right >= columns + more;
    });
};

/** Rows and columns from a window's first tap to its last one, both counted. */
const reachOf = (kernel: Phased['kernel'], dilation: Geometry['dilation']) =>
  kernel.map((taps, axis) => (taps - 1) * dilation[axis]! + 1) as [number, number];

/** More tiles than a block has, and a last block that is not full. */
const large: Geometry = {
  depth: 3,
  columns: 5,
  height: 45,
  width: 47,
  padding: [1, 1, 1, 1],
  dilation: [1, 1],
  images: 1,
  bias: true,
  relu: false,
  residual: true,
  pool: 'none',
  gaps: [1, 0],
  flip: false,
};

type Run = (kernel: Kernel, memories: ReadonlyMap<string, Float32Array>, parameters: readonly number[]) => void;

/** As emitted JavaScript for numbers one at a time, as WebAssembly for vectors. */
const emitted: Readonly<Record<1 | 4, Run>> = {
  1: (kernel, memories, parameters) => {
    const run = new Function(`'use strict';\n${printKernelFunction(kernel, false)}\nreturn ${kernel.name};`)();
    run(...kernel.memories.map(({ name }) => memories.get(name)), ...parameters);
  },
  4: (kernel, memories, parameters) => runWasmKernel(kernel, memories, parameters),
};

describe.each(targets)('sums in %s', (_, target) => {
  const compiled = forms.filter(([form]) => target.lanes > 1 || !isForVectors(form));
  describe.each(compiled.map((one) => [nameOf(one[0]), ...one] as const))('%s', (_name, conv, amplification) => {
    const { kernel } = conv;
    const tolerance = boundOf(amplification, target);

    test('any geometry: what is stored, and that nothing else is', () => {
      fc.assert(
        fc.property(geometryOf(conv), (chosen) => check(chosen)),
        runs(target.fused ? 9 : 24),
      );
    });

    test('several blocks of tiles', () => check(large));

    test('numbers far from 1 change only what sees them', () => {
      const planted = fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), far), {
        minLength: 1,
        maxLength: 3,
      });
      fc.assert(
        fc.property(geometryOf(conv), planted, (chosen, values) => check({ ...chosen, planted: values })),
        runs(target.fused ? 9 : 24),
      );
    });

    test.each([1e34])('weights around %d: sums overflow only where they do when computed directly', (weightScale) => {
      fc.assert(
        fc.property(geometryOf(conv), (chosen) => check({ ...chosen, weightScale })),
        runs(10),
      );
    });

    function check(chosen: Geometry): void {
      const { spec, filters, origin, expected, seen, data } = instance(chosen, conv, target);
      const plain = packedFilters(chosen, conv, target, data.w);
      const kernels = [
        winogradFilter('filters', { ...conv, type: 'f32', plain: true }, scalarTarget),
        winograd('convolve', spec, target),
      ] as const;
      expect(kernels.flatMap(verifyKernel)).toEqual([]);
      const interpreted = execute(interpretKernel);
      expect(execute(emitted[target.lanes])).toEqual(interpreted);
      const largest = Math.max(1, ...expected.values().map(Math.abs));
      // A tile's pixels are at most so many times what a result sees, and a result has the deviation of this many products.
      const spread = largestRatio * Math.sqrt(chosen.depth * kernel[0] * kernel[1]);
      interpreted.forEach((value, at) => {
        const wanted = expected.get(at);
        if (wanted === undefined) {
          if (value !== guard) expect.fail(`element ${at}, which is not the kernel's, is ${value}`);
          return;
        }
        const scale = chosen.planted ? spread * Math.max(1, seen.get(at)!) : largest;
        const isSame = Object.is(Math.fround(wanted), value) || Math.abs(value - wanted) < tolerance * scale;
        if (!isSame) expect.fail(`element ${at}: ${value}, not ${wanted}`);
      });

      function execute(run: Run): Float32Array {
        const { columns, bias, residual, images } = chosen;
        const { input, output } = spec;
        const transformed = winogradFilterLength(filters);
        const packed = new Float32Array(transformed + plain.length + columns);
        run(
          kernels[0],
          new Map([
            ['source', data.w],
            ['weights', packed],
          ]),
          [origin, ...winogradFilterArguments(filters, 0), transformed],
        );
        expect(packed.subarray(transformed, transformed + plain.length)).toEqual(plain);
        packed.set(data.b, transformed + plain.length);
        const xs = images * input.imageStride;
        const zs = residual ? data.z.length : 0;
        const arena = new Float32Array(xs + zs + images * output.imageStride).fill(guard);
        arena.set(data.x);
        if (residual) arena.set(data.z, xs);
        const biases = bias ? [transformed + plain.length] : [];
        const parameters = [0, 0, transformed, ...biases, xs + zs, ...(residual ? [xs] : []), images];
        const [shared, own] = [winogradWorkspace(spec, target), winogradScratch(spec)];
        const scratch = new Float32Array(target.lanes === 1 ? shared + own : own).fill(NaN);
        const memories = new Map([
          ['arena', arena],
          ['weights', packed],
          ['shared', new Float32Array(shared).fill(NaN)],
          ['scratch', scratch],
        ]);
        run(kernels[1], memories, parameters);
        return arena.slice(xs + zs);
      }
    }
  });
});

const guard = 12_345;

/** Fill values of masks, the largest numbers of f16 and f32, and what is not a number. Sums of three and of four results stay finite. */
const far = fc.constantFrom(NaN, Infinity, -Infinity, 2e37, -2e37, 1e20, 1e9, 1e6, -65_504, 1000, 100);

/** The filters as `conv` reads them: [O panels][kh, kw, C][panel]. */
function packedFilters(chosen: Geometry, form: Phased, target: Target, w: Float32Array): Float32Array {
  const { depth, columns, flip } = chosen;
  const { lanes } = target;
  const [taps, panel] = [form.kernel[0] * form.kernel[1], registerBlock(target).columns];
  const packed = new Float32Array(packedLength(taps * depth, columns, panel, lanes));
  const { lastWidth } = panelsOf(columns, panel, lanes);
  for (let o = 0; o < columns; o += 1) {
    const first = o - (o % panel);
    const width = first + panel > columns ? lastWidth : panel;
    for (let row = 0; row < taps * depth; row += 1) {
      const [tap, c] = [Math.floor(row / depth), row % depth];
      packed[first * taps * depth + row * width + (o % panel)] =
        w[(o * depth + c) * taps + (flip ? taps - 1 - tap : tap)]!;
    }
  }
  return packed;
}

/** Height and width of the convolved map. */
function mapOf({ height, width, padding, dilation }: Geometry, { kernel, stride }: Pick<Phased, 'kernel' | 'stride'>) {
  const [top, left, bottom, right] = padding as [number, number, number, number];
  const [rows, columns] = reachOf(kernel, dilation);
  return [
    Math.floor((height + top + bottom - rows) / stride) + 1,
    Math.floor((width + left + right - columns) / stride) + 1,
  ] as const;
}

/** x [N, H, W, C + gap] · w [O, C, kh, kw] · b [O] · z [N, OH, OW, O], dense in memory. */
function numbers(chosen: Geometry, { kernel, stride }: Phased) {
  const { depth, columns, height, width, images, gaps, planted = [], weightScale = 1 } = chosen;
  const [oh, ow] = mapOf(chosen, { kernel, stride });
  const pixels = oh * ow;
  const x = centred(1, images * height * width * (depth + gaps[0]), 1);
  for (const [at, value] of planted) x[Math.floor(at * x.length)] = value;
  return {
    x,
    w: centred(2, columns * depth * kernel[0] * kernel[1], 1).map((value) => value * weightScale),
    b: centred(3, columns, 1),
    z: centred(4, images * pixels * columns, 1),
  };
}

/** The kernel's description, and by element of the output buffer what convolution, bias, sum, relu and pooling give. */
function instance(chosen: Geometry, form: Phased, target: Target) {
  const { depth, columns, height, width, padding, dilation, images, bias, relu, residual, pool, gaps, flip } = chosen;
  const [top, left] = padding as [number, number, number, number];
  const { kernel, stride } = form;
  const taps = kernel[0] * kernel[1];
  const [oh, ow] = mapOf(chosen, form);
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
    ...form,
    input,
    map: { channels: columns, height: oh, width: ow },
    output,
    padding: [top, left],
    ...(dilation[0] * dilation[1] > 1 && { dilation }),
    bias,
    epilogue: steps,
    ...(pool === 'none' ? {} : { pool }),
    then: [],
  };
  const origin = flip ? taps - 1 : 0;
  const strides = [depth * taps, taps, flip ? -kernel[1] : kernel[1], flip ? -1 : 1] as const;
  const panel = registerBlock(target).columns;
  const filters = { ...form, columns, depth, strides, panel, lanes: target.lanes } as const;

  const data = numbers(chosen, form);
  const { x, w, b, z } = data;
  const at = (n: number, y: number, column: number, c: number): number => {
    const inside = y >= 0 && y < height && column >= 0 && column < width;
    return inside ? x[n * input.imageStride + (y * width + column) * input.pixelStride + c]! : 0;
  };
  const result = (n: number, y: number, column: number, o: number): number => {
    let sum = bias ? b[o]! : 0;
    for (let c = 0; c < depth; c += 1) {
      for (let tap = 0; tap < taps; tap += 1) {
        const weight = w[(o * depth + c) * taps + (flip ? taps - 1 - tap : tap)]!;
        const row = stride * y + Math.floor(tap / kernel[1]) * dilation[0] - top;
        sum += weight * at(n, row, stride * column + (tap % kernel[1]) * dilation[1] - left, c);
      }
    }
    if (residual) sum += z[((n * oh + y) * ow + column) * columns + o]!;
    return relu ? Math.max(sum, 0) : sum;
  };
  const peakOf = (n: number, y: number, column: number, more: number): number => {
    let peak = 0;
    for (let i = 0; i < kernel[0] + more; i += 1)
      for (let j = 0; j < kernel[1] + more; j += 1)
        for (let c = 0; c < depth; c += 1)
          peak = Math.max(
            peak,
            Math.abs(at(n, stride * y + i * dilation[0] - top, stride * column + j * dilation[1] - left, c)),
          );
    return peak;
  };
  const peakAt = (n: number, y: number, column: number): number =>
    pool === 'none' ? peakOf(n, y, column, 0) : peakOf(n, 2 * y, 2 * column, stride);
  const expected = new Map<number, number>();
  /** Where numbers are planted: the largest magnitude among the pixels that a result depends on. */
  const seen = new Map<number, number>();
  for (let n = 0; n < images; n += 1) {
    for (let pixel = 0; pixel < output.height * output.width; pixel += 1) {
      for (let o = 0; o < columns; o += 1) {
        const [y, column] = [Math.floor(pixel / output.width), pixel % output.width];
        const place = n * output.imageStride + pixel * output.pixelStride + o;
        const four = (): readonly number[] =>
          [0, 1, 2, 3].map((i) => result(n, 2 * y + (i >> 1), 2 * column + (i & 1), o));
        const value =
          pool === 'none'
            ? result(n, y, column, o)
            : pool === 'max'
              ? Math.max(...four())
              : four().reduce((a, c) => a + c) / 4;
        expected.set(place, value);
        // It is that of every channel of the pixel.
        if (chosen.planted) seen.set(place, o === 0 ? peakAt(n, y, column) : seen.get(place - o)!);
      }
    }
  }
  return { spec, filters, origin, expected, seen, data };
}

type Build = (b: GraphBuilder, x: ValueId, convolve: (extra?: Attributes) => ValueId) => ValueId;

const apply = (builder: GraphBuilder, op: string, inputs: readonly ValueId[], attributes: Attributes = {}): ValueId =>
  builder.node({ op, inputs, attributes })[0];

const nameOf = ({ form, kernel, stride }: Phased): string =>
  `winograd${mostResults(form)}_${kernel.join('x')}${stride === 1 ? '' : `_s${stride}`}`;

/** Shapes that the choice of algorithms gives to Winograd: odd maps, one of odd width, large blocks of tiles, pictures. */
const shapes = [
  ['js', 'winograd2_3x3', 16, 11, 11, 16],
  ['js', 'winograd2_3x3', 17, 6, 7, 19],
  ['js', 'winograd2_3x3', 16, 5, 6, 18],
  ['js', 'winograd2_3x3', 18, 14, 14, 17],
  ['wasm', 'winograd2_3x3', 16, 6, 6, 16],
  ['wasm', 'winograd4_3x3', 17, 11, 11, 18],
  ['wasm', 'winograd4_3x3', 16, 12, 13, 16],
  ['wasm', 'winograd5_3x3', 64, 9, 10, 48],
  ['wasm', 'winograd4_5x5', 17, 11, 12, 18],
  ['wasm', 'winograd2_7x7', 16, 11, 12, 17],
  ['wasm', 'winograd4_7x7_s2', 3, 33, 38, 18],
  ['wasm', 'winograd4_11x11_s4', 3, 47, 64, 17],
  ['wasm', 'winograd4_1x3', 32, 15, 16, 32],
  ['wasm', 'winograd4_5x1', 24, 12, 13, 26],
  ['wasm', 'winograd4_1x7', 32, 13, 15, 34],
  ['wasm', 'winograd4_7x1', 32, 16, 14, 32],
] as const;

describe.each(shapes)('%s: %s, %i channels of %i x %i to %i', (target, name, depth, height, width, columns) => {
  const [{ kernel, stride }, amplification] = forms.find(([one]) => nameOf(one) === name)!;
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
        const shortcut = apply(b, 'conv', [x], { channels: columns, kernel: 1, stride });
        return apply(b, 'relu', [apply(b, 'add', [shortcut, convolve()])]);
      },
    ],
    [
      'a residual that is read again',
      (b, x, convolve) => {
        const shortcut = apply(b, 'conv', [x], { channels: columns, kernel: 1, stride });
        const sum = apply(b, 'add', [convolve(), shortcut]);
        return apply(b, 'concat', [sum, shortcut]);
      },
    ],
    [
      'a part of a concatenation',
      (b, x, convolve) => apply(b, 'concat', [apply(b, 'conv', [x], { channels: 3, kernel: 1, stride }), convolve()]),
    ],
  ])('%s', async (_, build) => {
    const builder = graphBuilder('net', operators);
    const x = builder.input('x', [depth, height, width]);
    const [top, left] = kernel.map((taps) => taps >> 1) as [number, number];
    const convolve = (extra: Attributes = {}): ValueId =>
      apply(builder, 'conv', [x], {
        channels: columns,
        kernel,
        stride,
        padding: [top, left, top, left],
        ...extra,
      });
    builder.output('y', build(builder, x, convolve));
    const graph = builder.finish();
    const names = lower(graph, operators, { target }).program.kernels.map(({ name }) => name);
    expect(names.filter((one) => one.startsWith(name)).length, names.join()).toBeGreaterThan(0);
    const bound = boundOf(amplification, target === 'js' ? scalarTarget : vectorTarget);
    expect(await disagreements(graph, feedsOf(graph, 2), { target }, bound)).toEqual([]);
  });
});
