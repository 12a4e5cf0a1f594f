// Kernel calls that move numbers to other places and change none: copies with a stride for each axis, on both sides.

import type { ElementwiseOperand, ElementwiseSpec } from '../templates/elementwise.ts';
import { elementwise } from '../templates/elementwise.ts';
import type { Slice } from '../templates/geometry.ts';
import type { BareCall } from './bare-call.ts';
import type { Site } from './site.ts';

/** `strides` along the axes of an elementwise kernel's extents. */
export function arenaOperand(
  { imageStride, codes }: Pick<Slice, 'imageStride' | 'codes'>,
  strides: readonly number[],
): ElementwiseOperand {
  return { memory: codes ? 'codes' : 'arena', type: codes ? 'u8' : 'f32', strides, imageStride };
}

/** A copy of so many elements along each axis. */
export const copySpec = (
  extents: readonly number[],
  from: ElementwiseOperand,
  to: ElementwiseOperand,
): ElementwiseSpec => ({
  extents,
  operands: [from],
  result: to,
  combination: { kind: 'copy' },
  then: [],
  batched: true,
});

const copyCall = (site: Site, spec: ElementwiseSpec): BareCall => {
  const { channels, height, width } = site.input;
  return site.call(`${site.anchor.op}_${channels}x${height}x${width}`, spec, elementwise);
};

/** Each pixel as a rectangle of equal ones. */
export function enlarge(site: Site): BareCall {
  const { input, output } = site;
  const [fh, fw] = [output.height / input.height, output.width / input.width];
  const [ps, qs] = [input.pixelStride, output.pixelStride];
  const from = arenaOperand(input, [input.width * ps, 0, ps, 0, 1]);
  const to = arenaOperand(output, [fh * output.width * qs, output.width * qs, fw * qs, qs, 1]);
  return copyCall(site, copySpec([input.height, fh, input.width, fw, input.channels], from, to));
}

/** Channels of each group in turn. */
export function shuffleChannels(site: Site, groups: number): BareCall {
  const { input, output } = site;
  const size = input.channels / groups;
  const from = arenaOperand(input, [input.pixelStride, size, 1]);
  const to = arenaOperand(output, [output.pixelStride, 1, groups]);
  return copyCall(site, copySpec([input.height * input.width, groups, size], from, to));
}

/** Squares of pixels of groups of channels, or channels of squares of pixels. */
export function pixelShuffle(site: Site, makes: 'pixels' | 'channels'): BareCall {
  const { input, output } = site;
  const [small, large] = makes === 'pixels' ? [input, output] : [output, input];
  const factor = large.width / small.width;
  const [rows, columns] = [small.width * small.pixelStride, large.width * large.pixelStride];
  // Rows, rows of squares, columns, columns of squares, channels.
  const extents = [small.height, factor, small.width, factor, large.channels];
  const inChannels = arenaOperand(small, [rows, factor, small.pixelStride, 1, factor ** 2]);
  const inPixels = arenaOperand(large, [factor * columns, columns, factor * large.pixelStride, large.pixelStride, 1]);
  const [from, to] = makes === 'pixels' ? [inChannels, inPixels] : [inPixels, inChannels];
  return copyCall(site, copySpec(extents, from, to));
}
