// Normalisation by the statistics of one image: of the channels of each pixel, or of groups of channels with all their pixels.

import { add, fmul, mul } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import type { Image, LayerKernel } from './map-kernel.ts';
import { eachPixelOf, layerKernel } from './map-kernel.ts';
import type { ChannelRows, Moments, Normalization } from './moments.ts';
import { centredBy, inRow, momentsOfChannels, momentsOfGroup, momentsOfPixel } from './moments.ts';
import type { Target } from './target.ts';
import { sharesTiles } from './target.ts';

export interface NormalizeSpec extends Normalization {
  readonly input: Slice;
  readonly output: Slice;
  readonly epilogue: Epilogue;
}

type NormalizeKernel = LayerKernel<readonly [], readonly [Epilogue]>;

/** Means and sums of squares of channels; then means and inverse deviations of groups, for each of their channels. */
const rowsOfMap = 4;

/** Elements of memory, which threads share where they share an image. */
export function normalizeMemory(
  { over, input }: NormalizeSpec,
  target: Target,
): { readonly shared?: number; readonly scratch?: number } {
  if (over === 'channels') return {};
  const length = rowsOfMap * input.channels;
  return sharesTiles(target) ? { shared: length } : { scratch: length };
}

/** Parameters: input base, output base, epilogue's, images. x [H·W, C] → y [H·W, C] */
export function normalize(name: string, spec: NormalizeSpec, target: Target): Kernel {
  const { input, over, groups, epilogue } = spec;
  const what = over === 'channels' ? 'normalize channels' : `normalize ${groups} groups`;
  const layer = { ...spec, packed: [], bias: false, epilogues: [epilogue] } as const;
  return layerKernel(name, `${what} ${sliceName(input)}`, layer, target, (kernel) => {
    if (over === 'channels') kernel.eachImage((image) => eachPixel(kernel, spec, image, ofPixel(kernel, spec)));
    else normalizeMap(kernel, spec, target);
  });
}

/** Means and inverse deviations of the channels of a pixel, from one on. */
type MomentsAt = (from: Expression) => (channel: Expression, count: LaneCount) => Moments;

const ofPixel =
  ({ k, v, arena }: NormalizeKernel, spec: NormalizeSpec): MomentsAt =>
  (from) => {
    const moments = momentsOfPixel(k, v, arena, from, spec.input.channels, spec);
    return () => moments;
  };

/** The statistics of channels, those of groups, and then the numbers. */
function normalizeMap(kernel: NormalizeKernel, spec: NormalizeSpec, target: Target): void {
  const { k, v, arena } = kernel;
  const { input, groups, centred } = spec;
  const length = input.channels / groups;
  const pixels = input.height * input.width;
  const rows: ChannelRows = {
    memory: k.memory(sharesTiles(target) ? 'shared' : 'scratch', 'f32'),
    channels: input.channels,
  };
  kernel.eachImage((image) => {
    momentsOfChannels(k, v, { memory: arena, base: image.source, slice: input }, centred, rows);
    k.barrier();
    k.for(
      'g',
      0,
      groups,
      (group) => {
        const first = k.let('c0', mul(group, length));
        const { mean, inverse } = momentsOfGroup(k, v, rows, first, { length, pixels }, spec);
        v.each('c', length, (c, count) => {
          const channel = add(first, c);
          if (mean) v.store(rows.memory, inRow(rows, 2, channel), mean, count);
          v.store(rows.memory, inRow(rows, 3, channel), inverse, count);
        });
      },
      { parallel: true },
    );
    k.barrier();
    eachPixel(kernel, spec, image, () => (channel, count) => ({
      ...(centred && { mean: v.load(rows.memory, inRow(rows, 2, channel), count) }),
      inverse: v.load(rows.memory, inRow(rows, 3, channel), count),
    }));
  });
}

function eachPixel(
  { k, v, arena, epilogues: [epilogue] }: NormalizeKernel,
  spec: NormalizeSpec,
  image: Image,
  momentsAt: MomentsAt,
): void {
  eachPixelOf(k, image, spec, (from, to, pixel) => {
    const moments = momentsAt(from);
    v.each('c', spec.input.channels, (channel, count) => {
      const { mean, inverse } = moments(channel, count);
      const value = fmul(centredBy(v.load(arena, add(from, channel), count), mean), inverse);
      v.store(arena, add(to, channel), epilogue(value, { image: image.n, pixel, channel, count }), count);
    });
  });
}
