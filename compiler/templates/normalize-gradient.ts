// The gradient of a normalisation by its input: r · (dy − mean of dy − (x − μ) · r² · mean of dy · (x − μ)), where r is the inverse
// deviation and the means are over what is normalised together.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, fadd, fdiv, fmul, fsub, mul } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../kernel/ir.ts';
import { sumsAcross } from './across-channels.ts';
import { eachChannelBlock } from './channel-blocks.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import type { ImageOfOperands } from './map-kernel.ts';
import { eachImageKernel } from './map-kernel.ts';
import type { ChannelRows, Moments, Normalization } from './moments.ts';
import { centredBy, inRow, momentsOfChannels, momentsOfGroup, momentsOfPixel } from './moments.ts';
import type { Numbers } from './numbers.ts';
import { blockedSums } from './sums.ts';
import type { Target } from './target.ts';

export interface NormalizeGradientSpec extends Normalization {
  /** ∂loss/∂y. */
  readonly upstream: Slice;
  /** x. */
  readonly input: Slice;
  /** ∂loss/∂x. */
  readonly output: Slice;
}

/** Of each channel: mean, squares, Σ dy, Σ dy · (x − mean); then of its group: mean, r, mean of dy, r² · mean of dy · (x − μ). */
const rowsOfMap = 8;

/** Elements of each thread's own memory. */
export const normalizeGradientScratch = ({ over, input }: NormalizeGradientSpec): number =>
  over === 'channels' ? 0 : rowsOfMap * input.channels;

/** What the gradient of an element is made of. `shift` is absent where no mean is taken away. */
interface Parts extends Moments {
  readonly shift?: Expression;
  readonly slope: Expression;
}

/** Parameters: upstream base, input base, output base, images. dy, x [H·W, C] → dx [H·W, C] */
export function normalizeGradient(name: string, spec: NormalizeGradientSpec, target: Target): Kernel {
  const { upstream, input, output, over } = spec;
  const maps = { operands: [upstream, input], output };
  return eachImageKernel(name, `gradient of normalize over ${over} ${sliceName(input)}`, maps, target, (image) => {
    const partsAt = over === 'channels' ? ofPixel(image, spec) : ofMap(image, spec);
    const { k, v, arena, operands, result } = image;
    k.for('p', 0, input.height * input.width, (pixel) => {
      const dy = k.let('dy', add(operands[0]!, mul(pixel, upstream.pixelStride)));
      const x = k.let('x', add(operands[1]!, mul(pixel, input.pixelStride)));
      const to = k.let('to', add(result, mul(pixel, output.pixelStride)));
      const parts = partsAt(dy, x);
      v.each('c', input.channels, (c, count) => {
        const { mean, inverse, shift, slope } = parts(c, count);
        const own = centredBy(v.load(arena, add(dy, c), count), shift);
        const distance = centredBy(v.load(arena, add(x, c), count), mean);
        v.store(arena, add(to, c), fmul(inverse, fsub(own, fmul(distance, slope))), count);
      });
    });
  });
}

type PartsAt = (dy: Expression, x: Expression) => (channel: Expression, count: LaneCount) => Parts;

/** From the sums of dy and of dy · (x − μ), over `count` numbers. */
function partsOf(
  k: BlockBuilder,
  v: Numbers,
  { mean, inverse }: Moments,
  [sum, product]: readonly [Expression, Expression],
  count: number,
): Parts {
  const slope = fdiv(fmul(product, fmul(inverse, inverse)), v.constant(count));
  return {
    ...(mean && { mean, shift: k.let('a', fdiv(sum, v.constant(count))) }),
    inverse,
    slope: k.let('b', slope),
  };
}

const ofPixel =
  ({ k, v, arena }: ImageOfOperands, spec: NormalizeGradientSpec): PartsAt =>
  (dy, x) => {
    const { channels } = spec.input;
    const moments = momentsOfPixel(k, v, arena, x, channels, spec);
    const sums = sumsAcross(k, v, channels, 2, (read) => {
      const own = k.let('g', read(arena, dy));
      return [own, fmul(own, centredBy(read(arena, x), moments.mean))];
    });
    const parts = partsOf(k, v, moments, sums as [Expression, Expression], channels);
    return () => parts;
  };

/** Sums of channels, and from them those of groups. */
function ofMap({ k, v, arena, operands }: ImageOfOperands, spec: NormalizeGradientSpec): PartsAt {
  const { input, groups, centred } = spec;
  const pixels = input.height * input.width;
  const length = input.channels / groups;
  const rows: ChannelRows = { memory: k.memory('scratch', 'f32'), channels: input.channels };
  momentsOfChannels(k, v, { memory: arena, base: operands[1]!, slice: input }, centred, rows);
  sumsOfChannels({ k, v, arena, operands }, spec, rows);
  k.for('g', 0, groups, (group) => {
    const first = k.let('c0', mul(group, length));
    const moments = momentsOfGroup(k, v, rows, first, { length, pixels }, spec);
    const sums = sumsAcross(k, v, length, 2, (read) => {
      const sum = k.let('g', read(rows.memory, inRow(rows, 2, first)));
      const product = read(rows.memory, inRow(rows, 3, first));
      if (!moments.mean) return [sum, product];
      const apart = fsub(read(rows.memory, inRow(rows, 0, first)), moments.mean);
      return [sum, fadd(product, fmul(apart, sum))];
    });
    const parts = partsOf(k, v, moments, sums as [Expression, Expression], length * pixels);
    const stored = [parts.mean, parts.inverse, parts.shift, parts.slope];
    v.each('c', length, (c, count) =>
      stored.forEach((value, at) => {
        if (value) v.store(rows.memory, inRow(rows, 4 + at, add(first, c)), value, count);
      }),
    );
  });
  return () => (channel, count) => {
    const row = (at: number): Expression => v.load(rows.memory, inRow(rows, at, channel), count);
    return { ...(centred && { mean: row(4), shift: row(6) }), inverse: row(5), slope: row(7) };
  };
}

/** Rows 2 and 3. */
function sumsOfChannels(
  { k, v, arena, operands }: Pick<ImageOfOperands, 'k' | 'v' | 'arena' | 'operands'>,
  { upstream, input, centred }: NormalizeGradientSpec,
  rows: ChannelRows,
): void {
  const pixels = input.height * input.width;
  eachChannelBlock(k, v, input.channels, (parts) => {
    const means = parts.map(({ channel, count }) =>
      centred ? k.let('m', v.load(rows.memory, inRow(rows, 0, channel), count)) : undefined,
    );
    const sums = blockedSums(k, v, { from: 0, to: pixels, most: pixels }, 2 * parts.length, (pixel) => {
      const dy = k.let('dy', add(operands[0]!, mul(pixel, upstream.pixelStride)));
      const x = k.let('x', add(operands[1]!, mul(pixel, input.pixelStride)));
      return parts.flatMap(({ channel, count }, part) => {
        const own = k.let('g', v.load(arena, add(dy, channel), count));
        return [own, fmul(own, centredBy(v.load(arena, add(x, channel), count), means[part]))];
      });
    });
    parts.forEach(({ channel, count }, part) => {
      v.store(rows.memory, inRow(rows, 2, channel), sums[2 * part]!, count);
      v.store(rows.memory, inRow(rows, 3, channel), sums[2 * part + 1]!, count);
    });
  });
}
