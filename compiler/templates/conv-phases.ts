// Transposed convolutions with a stride, and gradients of convolutions with a stride by their input: a convolution of the input spread
// over a grid of zeros. Results whose places have the same remainders by the stride (a phase) meet the same taps, every stride-th, and
// no zeros between them: each phase is a convolution of stride 1 with fewer taps (V. Dumoulin and F. Visin, "A guide to convolution
// arithmetic for deep learning", 2016, §4).

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, div, mul, rem, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount, Memory } from '../kernel/ir.ts';
import type { ConvGeometry } from './conv-geometry.ts';
import { gatherScratch, sharesColumns } from './conv-geometry.ts';
import type { ConvSpec } from './conv.ts';
import { convolveRun } from './conv.ts';
import { sliceName } from './geometry.ts';
import { layerKernel } from './map-kernel.ts';
import type { Numbers } from './numbers.ts';
import type { Target } from './target.ts';

type Pair = readonly [number, number];

/** Results at every stride-th row and column. */
export interface Phase {
  /** Its first row and column. */
  readonly offset: Pair;
  readonly height: number;
  readonly width: number;
  /** How many taps it meets, which is its first one; there may be none. */
  readonly kernel: Pair;
  readonly first: Pair;
  readonly padding: Pair;
}

/** Products, those with zeros included, from which on the code of several phases is worth its length. */
const leastProducts = 2 ** 20;

/** Whether the convolution of a spread input has phases, few enough to be written out, and zeros enough to be spared. */
export function phasesPay({ input, output, groups, kernel, dilation, inputDilation }: ConvSpec): boolean {
  const products = kernel[0] * kernel[1] * (input.channels / groups) * output.channels * output.height * output.width;
  const [height, width] = inputDilation;
  return (
    dilation.every((step) => step === 1) && height * width > 1 && height <= 2 && width <= 2 && products >= leastProducts
  );
}

/** Whether its results are sums of anything. */
export const hasTaps = ({ kernel }: Phase): boolean => kernel[0] * kernel[1] > 0;

/** The phases of a convolution whose taps lie side by side and whose input lies on a grid with this stride, `inputDilation`. */
export function phasesOf({ kernel, padding, inputDilation, output }: ConvSpec): readonly Phase[] {
  const [rows, columns] = ([0, 1] as const).map((axis) => {
    const [taps, margin, stride] = [kernel[axis], padding[axis], inputDilation[axis]];
    const extent = axis === 0 ? output.height : output.width;
    return Array.from({ length: Math.min(stride, extent) }, (_, offset) => {
      const first = (((margin - offset) % stride) + stride) % stride;
      return {
        offset,
        first,
        extent: Math.ceil((extent - offset) / stride),
        kernel: Math.max(0, Math.ceil((taps - first) / stride)),
        padding: (margin - offset - first) / stride,
      };
    });
  }) as [AxisPhase[], AxisPhase[]];
  return rows.flatMap((h) =>
    columns.map((w) => ({
      offset: [h.offset, w.offset] as const,
      height: h.extent,
      width: w.extent,
      kernel: [h.kernel, w.kernel] as const,
      first: [h.first, w.first] as const,
      padding: [h.padding, w.padding] as const,
    })),
  );
}

interface AxisPhase {
  readonly offset: number;
  readonly first: number;
  readonly extent: number;
  readonly kernel: number;
  readonly padding: number;
}

const geometryOf = (spec: ConvSpec, { kernel, padding, height, width }: Phase): ConvGeometry => ({
  ...spec,
  kernel,
  padding,
  stride: [1, 1],
  inputDilation: [1, 1],
  output: { channels: spec.output.channels, height, width },
});

/** Elements of memory for the windows of any phase. */
export function phasesMemory(spec: ConvSpec, target: Target): { readonly shared?: number; readonly scratch?: number } {
  const geometries = phasesOf(spec)
    .filter(hasTaps)
    .map((phase) => geometryOf(spec, phase));
  const most = (shares: boolean): number =>
    geometries
      .filter((geometry) => sharesColumns(geometry, target) === shares)
      .reduce((length, geometry) => Math.max(length, gatherScratch(geometry, target)), 0);
  return { shared: most(true), scratch: most(false) };
}

/**
 * Parameters: input base, packed filters of each phase that has taps, [bias], output base, epilogue's, images.
 * x [H·W, C] · w [groups][O/g panels][K][panel] → y [OH·OW, O]; K runs over (kh, kw, c) of a phase.
 */
export function convPhases(name: string, spec: ConvSpec, target: Target): Kernel {
  const { input, output, inputDilation, kernel } = spec;
  const phases = phasesOf(spec);
  const names = phases.filter(hasTaps).map((_, at) => `w${at}`);
  return layerKernel(
    name,
    `transposed conv ${kernel.join('x')} *${inputDilation.join('x')} ${sliceName(input)} -> ${sliceName(output)}`,
    { ...spec, packed: names, epilogues: [spec.epilogue] },
    target,
    ({ k, v, arena, weights, packed, bias, epilogues: [epilogue], eachImage }) => {
      eachImage(({ n, source, result }) => {
        const filters = packed[Symbol.iterator]();
        for (const phase of phases) {
          const [row, column] = phase.offset;
          /** Number of the phase's pixel among those of the whole map. */
          const placed = (pixel: Expression): Expression => {
            const h = add(mul(div(pixel, phase.width), inputDilation[0]), row);
            const w = add(mul(rem(pixel, phase.width), inputDilation[1]), column);
            return k.let('at', add(mul(h, output.width), w));
          };
          const placeOf = (pixel: Expression, channel: Expression): Expression =>
            sum(result, mul(placed(pixel), output.pixelStride), channel);
          const apply = (value: Expression, pixel: Expression, channel: Expression, count: LaneCount): Expression =>
            epilogue(value, { image: n, pixel: placed(pixel), channel, count });
          const start = { arena, weights, ...(bias && { bias }), placeOf, apply };
          if (!hasTaps(phase)) {
            fill(k, v, spec, phase, start);
            continue;
          }
          convolveRun(k, v, geometryOf(spec, phase), target, {
            ...start,
            source,
            filters: filters.next().value!,
            start: 0,
            pixels: phase.height * phase.width,
            result: arena,
            epilogue: spec.epilogue,
          });
        }
      });
    },
  );
}

interface Filling {
  readonly arena: Memory;
  readonly weights: Memory;
  readonly bias?: Expression;
  readonly placeOf: (pixel: Expression, channel: Expression) => Expression;
  readonly apply: (value: Expression, pixel: Expression, channel: Expression, count: LaneCount) => Expression;
}

/** Results that meet no tap: the bias, or zero. */
function fill(
  k: BlockBuilder,
  v: Numbers,
  { output }: ConvSpec,
  { height, width }: Phase,
  { arena, weights, bias, placeOf, apply }: Filling,
): void {
  k.for(
    'p',
    0,
    height * width,
    (pixel) =>
      v.each('o', output.channels, (o, count) => {
        const value = bias ? v.load(weights, add(bias, o), count) : v.constant(0);
        v.store(arena, placeOf(pixel, o), apply(value, pixel, o, count), count);
      }),
    { parallel: true },
  );
}
