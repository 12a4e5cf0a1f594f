// Softmax and log-softmax along rows or columns, channel by channel, and of all numbers of a map together; shifted by the maximum as
// those over channels. Powers are kept in the result until their sum is known.

import { add, fdiv, fsub, mul } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../kernel/ir.ts';
import { largestAcross, sumsAcross } from './across-channels.ts';
import { eachChannelBlock } from './channel-blocks.ts';
import { exp, log } from './functions.ts';
import { sliceName } from './geometry.ts';
import { largestOf } from './largest.ts';
import type { MapKernel } from './map-kernel.ts';
import { mapKernel } from './map-kernel.ts';
import type { SoftmaxSpec } from './softmax.ts';
import { blockedSum, blockedSums } from './sums.ts';
import type { Target } from './target.ts';

export interface SoftmaxOverSpec extends SoftmaxSpec {
  readonly over: 'height' | 'width' | 'map';
}

/** Parameters: input base, output base, images. */
export function softmaxOver(name: string, spec: SoftmaxOverSpec, target: Target): Kernel {
  const { input, logarithm, over } = spec;
  const summary = `${logarithm ? 'log ' : ''}softmax over ${over} ${sliceName(input)}`;
  return mapKernel(name, summary, spec, target, (kernel) =>
    over === 'map' ? ofMap(kernel, spec) : alongPixels(kernel, spec, over),
  );
}

/** x [H, W, C] → y [H, W, C], each column or row of a channel by itself. */
function alongPixels(
  { k, v, arena, eachImage }: MapKernel,
  { input, output, logarithm }: SoftmaxOverSpec,
  over: 'height' | 'width',
): void {
  const { height, width } = input;
  const [extent, kept, step, next] = over === 'height' ? [height, width, width, 1] : [width, height, 1, width];
  eachImage(({ source, result }) =>
    k.for(
      'p',
      0,
      kept,
      (pixel) => {
        const first = k.let('from', add(source, mul(pixel, next * input.pixelStride)));
        const start = k.let('to', add(result, mul(pixel, next * output.pixelStride)));
        eachChannelBlock(k, v, input.channels, (parts) => {
          const readAt = (at: Expression): readonly Expression[] => {
            const from = k.let('from', add(first, mul(at, step * input.pixelStride)));
            return parts.map(({ channel, count }) => v.load(arena, add(from, channel), count));
          };
          const placesAt = (at: Expression): readonly Expression[] => {
            const to = k.let('to', add(start, mul(at, step * output.pixelStride)));
            return parts.map(({ channel }) => add(to, channel));
          };
          const largest = largestOf(k, v, extent, parts.length, readAt);
          const sums = blockedSums(k, v, { from: 0, to: extent, most: extent }, parts.length, (at) => {
            const powers = readAt(at).map((value, part) => k.let('e', exp(fsub(value, largest[part]!))));
            if (!logarithm)
              placesAt(at).forEach((place, part) => v.store(arena, place, powers[part]!, parts[part]!.count));
            return powers;
          });
          const logarithms = logarithm ? sums.map((sum) => k.let('l', log(sum))) : [];
          k.for('i', 0, extent, (at) => {
            const places = placesAt(at);
            const values = logarithm ? readAt(at) : [];
            parts.forEach(({ count }, part) => {
              const value = logarithm
                ? fsub(fsub(values[part]!, largest[part]!), logarithms[part]!)
                : fdiv(v.load(arena, places[part]!, count), sums[part]!);
              v.store(arena, places[part]!, value, count);
            });
          });
        });
      },
      { parallel: true },
    ),
  );
}

/** x [H·W, C] → y [H·W, C], all numbers of an image together. */
function ofMap({ k, v, arena, eachImage }: MapKernel, { input, output, logarithm }: SoftmaxOverSpec): void {
  const pixels = input.height * input.width;
  const { channels } = input;
  eachImage(({ source, result }) => {
    const fromOf = (pixel: Expression): Expression => k.let('from', add(source, mul(pixel, input.pixelStride)));
    const [found] = largestOf(k, v, pixels, 1, (pixel) => {
      const from = fromOf(pixel);
      return [largestAcross(k, v, channels, (read) => read(arena, from))];
    });
    const largest = found!;
    const shifted = (value: Expression): Expression => k.let('d', fsub(value, largest));
    const power = (value: Expression): Expression => exp(shifted(value));
    const sum = blockedSum(k, v, { from: 0, to: pixels, most: pixels }, (pixel) => {
      const from = fromOf(pixel);
      return sumsAcross(k, v, channels, 1, (read) => [power(read(arena, from))])[0]!;
    });
    const total = k.let('s', logarithm ? log(sum) : sum);
    k.for(
      'p',
      0,
      pixels,
      (pixel) => {
        const from = fromOf(pixel);
        const to = k.let('to', add(result, mul(pixel, output.pixelStride)));
        v.each('c', channels, (c, count: LaneCount) => {
          const value = v.load(arena, add(from, c), count);
          v.store(arena, add(to, c), logarithm ? fsub(shifted(value), total) : fdiv(power(value), total), count);
        });
      },
      { parallel: true },
    );
  });
}
