// The mean, and the inverse of the deviation, of numbers of one image that are normalised together: in two passes, the second of which
// adds up squared distances from the mean. Those of groups of channels are put together from those of each channel, as T. Chan,
// G. Golub and R. LeVeque do ("Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979).

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, fadd, fdiv, fmul, fsub, mul, unary } from '../kernel/builder.ts';
import type { Expression, Memory } from '../kernel/ir.ts';
import { sumsAcross } from './across-channels.ts';
import { eachChannelBlock } from './channel-blocks.ts';
import type { Slice } from './geometry.ts';
import type { Numbers } from './numbers.ts';
import { blockedSums } from './sums.ts';

/** As the operators say it. */
export interface Normalization {
  readonly over: 'channels' | 'map';
  readonly groups: number;
  readonly centred: boolean;
  readonly epsilon: number;
}

/** In every lane. `mean` is absent where none is taken away. */
export interface Moments {
  readonly mean?: Expression;
  readonly inverse: Expression;
}

/** value − mean */
export const centredBy = (value: Expression, mean: Expression | undefined): Expression =>
  mean ? fsub(value, mean) : value;

export const squared = (k: BlockBuilder, value: Expression): Expression => {
  const named = k.let('d', value);
  return fmul(named, named);
};

/** 1 / √(squares / count + ε) */
export function inverseDeviation(
  k: BlockBuilder,
  v: Numbers,
  squares: Expression,
  count: number,
  epsilon: number,
): Expression {
  const variance = fdiv(squares, v.constant(count));
  return k.let('r', fdiv(v.constant(1), unary('sqrt', fadd(variance, v.constant(epsilon)))));
}

/** Those of the channels of a pixel, the first of which is at `from`. */
export function momentsOfPixel(
  k: BlockBuilder,
  v: Numbers,
  memory: Memory,
  from: Expression,
  channels: number,
  { centred, epsilon }: Normalization,
): Moments {
  const sum = (): Expression => sumsAcross(k, v, channels, 1, (read) => [read(memory, from)])[0]!;
  const mean = centred ? { mean: k.let('m', fdiv(sum(), v.constant(channels))) } : {};
  const [squares] = sumsAcross(k, v, channels, 1, (read) => [squared(k, centredBy(read(memory, from), mean.mean))]);
  return { ...mean, inverse: inverseDeviation(k, v, squares!, channels, epsilon) };
}

/** Rows of a number for each channel, one after the other. */
export interface ChannelRows {
  readonly memory: Memory;
  readonly channels: number;
}

/** Where row `row` has the number of channel `channel`. */
export const inRow = ({ channels }: ChannelRows, row: number, channel: Expression): Expression =>
  add(channel, row * channels);

/** A map of one image. */
export interface MapOfImage {
  readonly memory: Memory;
  readonly base: Expression;
  readonly slice: Slice;
}

/** Rows 0 and 1: the mean of each channel over the pixels, 0 if not centred, and the sum of the squared distances from it. */
export function momentsOfChannels(
  k: BlockBuilder,
  v: Numbers,
  { memory, base, slice }: MapOfImage,
  centred: boolean,
  rows: ChannelRows,
): void {
  const pixels = slice.height * slice.width;
  eachChannelBlock(
    k,
    v,
    slice.channels,
    (parts) => {
      const overPixels = (term: (value: Expression, part: number) => Expression): readonly Expression[] =>
        blockedSums(k, v, { from: 0, to: pixels, most: pixels }, parts.length, (pixel) => {
          const from = k.let('from', add(base, mul(pixel, slice.pixelStride)));
          return parts.map(({ channel, count }, part) => term(v.load(memory, add(from, channel), count), part));
        });
      const means = centred
        ? overPixels((value) => value).map((sum) => k.let('m', fdiv(sum, v.constant(pixels))))
        : undefined;
      const squares = overPixels((value, part) => squared(k, centredBy(value, means?.[part])));
      parts.forEach(({ channel, count }, part) => {
        if (means) v.store(rows.memory, inRow(rows, 0, channel), means[part]!, count);
        v.store(rows.memory, inRow(rows, 1, channel), squares[part]!, count);
      });
    },
    true,
  );
}

/**
 * Those of a group of `length` channels, the first of which is `first`, from rows 0 and 1.
 */
export function momentsOfGroup(
  k: BlockBuilder,
  v: Numbers,
  rows: ChannelRows,
  first: Expression,
  { length, pixels }: { readonly length: number; readonly pixels: number },
  { centred, epsilon }: Normalization,
): Moments {
  const [means, squares] = [inRow(rows, 0, first), inRow(rows, 1, first)];
  const sum = (): Expression => sumsAcross(k, v, length, 1, (read) => [read(rows.memory, means)])[0]!;
  const mean = centred ? { mean: k.let('m', fdiv(sum(), v.constant(length))) } : {};
  const [total] = sumsAcross(k, v, length, 1, (read) => {
    const own = read(rows.memory, squares);
    if (!mean.mean) return [own];
    const apart = squared(k, fsub(read(rows.memory, means), mean.mean));
    return [fadd(own, fmul(v.constant(pixels), apart))];
  });
  return { ...mean, inverse: inverseDeviation(k, v, total!, length * pixels, epsilon) };
}
