// Means, sums, maxima and minima along the channels, rows or columns of a map, or of all its numbers.

import { add, fdiv, i32, mul, unary } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import { largestAcross, sumsAcross } from './across-channels.ts';
import { eachChannelBlock } from './channel-blocks.ts';
import type { Epilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { largestOf } from './largest.ts';
import type { LayerKernel } from './map-kernel.ts';
import { layerKernel } from './map-kernel.ts';
import { blockedSum, blockedSums } from './sums.ts';
import type { Target } from './target.ts';

export interface ReduceSpec {
  readonly operation: 'mean' | 'sum' | 'max' | 'min';
  readonly over: 'channels' | 'height' | 'width' | 'map';
  readonly input: Slice;
  /** Of the input's extents, and 1 along what is reduced. */
  readonly output: Slice;
  readonly epilogue: Epilogue;
}

type ReduceKernel = LayerKernel<readonly [], readonly [Epilogue]>;

/** Parameters: input base, output base, epilogue's, images. */
export function reduce(name: string, spec: ReduceSpec, target: Target): Kernel {
  const { operation, over, input, epilogue } = spec;
  const layer = { ...spec, packed: [], bias: false, epilogues: [epilogue] } as const;
  return layerKernel(name, `${operation} over ${over} ${sliceName(input)}`, layer, target, (kernel) =>
    over === 'height' || over === 'width' ? alongPixels(kernel, spec, over) : acrossChannels(kernel, spec),
  );
}

/** x [H·W, C] → y [H·W, 1], or [1, 1] of the whole map, which is one long pixel where nothing lies between its pixels. */
function acrossChannels(kernel: ReduceKernel, spec: ReduceSpec): void {
  const { k, v, arena, eachImage, epilogues } = kernel;
  const { input, output, over } = spec;
  const pixels = input.height * input.width;
  const isDense = over === 'map' && input.pixelStride === input.channels;
  const channels = isDense ? pixels * input.channels : input.channels;
  const together = over === 'map' && !isDense ? pixels : 1;
  const reduction = reductionOf(kernel, spec, channels * together);
  eachImage(({ n, source, result }) =>
    k.for(
      'p',
      0,
      output.height * output.width,
      (pixel) => {
        const first = k.let('from', add(source, mul(pixel, input.pixelStride)));
        const across = (at: Expression): Expression => {
          const from = k.let('from', add(first, mul(at, input.pixelStride)));
          return reduction.isSum
            ? sumsAcross(k, v, channels, 1, (read) => [read(arena, from)])[0]!
            : largestAcross(k, v, channels, (read) => reduction.term(read(arena, from)));
        };
        const all = reduction.isSum
          ? blockedSum(k, v, { from: 0, to: together, most: together }, across)
          : largestOf(k, v, together, 1, (at) => [across(at)])[0]!;
        const place = { image: n, pixel, channel: i32(0), count: 1 } as const;
        const to = add(result, mul(pixel, output.pixelStride));
        v.store(arena, to, epilogues[0](reduction.finish(all), place), 1);
      },
      { parallel: true },
    ),
  );
}

/** x [H, W, C] → y [1, W, C] or [H, 1, C] */
function alongPixels(kernel: ReduceKernel, spec: ReduceSpec, over: 'height' | 'width'): void {
  const { k, v, arena, eachImage, epilogues } = kernel;
  const { input, output } = spec;
  const { height, width, pixelStride } = input;
  const [extent, kept, step, next] = over === 'height' ? [height, width, width, 1] : [width, height, 1, width];
  const reduction = reductionOf(kernel, spec, extent);
  eachImage(({ n, source, result }) =>
    k.for(
      'p',
      0,
      kept,
      (pixel) => {
        const first = k.let('from', add(source, mul(pixel, next * pixelStride)));
        const to = k.let('to', add(result, mul(pixel, output.pixelStride)));
        eachChannelBlock(k, v, input.channels, (parts) => {
          const read = (at: Expression): readonly Expression[] => {
            const from = k.let('from', add(first, mul(at, step * pixelStride)));
            return parts.map(({ channel, count }) => reduction.term(v.load(arena, add(from, channel), count)));
          };
          const all = reduction.isSum
            ? blockedSums(k, v, { from: 0, to: extent, most: extent }, parts.length, read)
            : largestOf(k, v, extent, parts.length, read);
          parts.forEach(({ channel, count }, part) => {
            const value = epilogues[0](reduction.finish(all[part]!), { image: n, pixel, channel, count });
            v.store(arena, add(to, channel), value, count);
          });
        });
      },
      { parallel: true },
    ),
  );
}

interface Reduction {
  readonly isSum: boolean;
  /** Of an element. */
  term(value: Expression): Expression;
  /** Of the sum or maximum of the terms. */
  finish(value: Expression): Expression;
}

/** A minimum is the maximum of the numbers with their signs changed. */
function reductionOf({ v }: ReduceKernel, { operation }: ReduceSpec, count: number): Reduction {
  const same = (value: Expression): Expression => value;
  const opposite = (value: Expression): Expression => unary('neg', value);
  switch (operation) {
    case 'mean':
      return { isSum: true, term: same, finish: (sum) => fdiv(sum, v.constant(count)) };
    case 'sum':
      return { isSum: true, term: same, finish: same };
    case 'max':
      return { isSum: false, term: same, finish: same };
    case 'min':
      return { isSum: false, term: opposite, finish: opposite };
    default:
      return operation satisfies never;
  }
}
