// Kernel calls that copy from one box of a map to another.

import type { CallArgument, SliceRef } from '../program/program.ts';
import type { ElementwiseOperand, ElementwiseSpec } from '../templates/elementwise.ts';
import { elementwise } from '../templates/elementwise.ts';
import type { BareCall } from './bare-call.ts';
import { argumentOf, bindMemories, sliceRef } from './bare-call.ts';
import type { Place } from './place.ts';
import type { Region } from './region.ts';
import { regionRef } from './region.ts';
import type { ScheduleContext } from './site.ts';

/** A copy from one region to another of the same extents. */
export function copyRegion(site: Pick<ScheduleContext, 'kernels' | 'target'>, from: Region, to: Region): BareCall {
  const { buffer, within } = from;
  const operand = operandOf(from);
  return fillRegion(site, { operand, argument: { kind: 'slice', buffer, within } }, to, [regionRef(from)]);
}

/** An axis of what is read. */
interface ReadAxis {
  readonly extent: number;
  readonly stride: number;
}

/** Lines of the cache that are read from side by side: few where they lie so far apart that they would drive one another out. */
const linesAtOnce = (stride: number): number => (stride % 512 === 0 ? 8 : 32);

/**
 * A copy from a place whose axes, in the result's order, have these strides. Where channels become another axis, tile by tile: as many
 * of the result's channels as lines of the cache, and in them all that lie side by side in what is read.
 */
export function copyPermuted(
  site: Pick<ScheduleContext, 'kernels' | 'target'>,
  source: Place,
  { channels, height, width }: Readonly<Record<'channels' | 'height' | 'width', ReadAxis>>,
  to: Region,
): BareCall {
  const { kernels, target } = site;
  const most = channels.stride === 1 ? channels.extent : linesAtOnce(channels.stride);
  const tile = Array.from({ length: most }, (_, i) => most - i).find((size) => channels.extent % size === 0)!;
  const tiles = { extent: channels.extent / tile, from: tile * channels.stride, to: tile * to.channelStride };
  const rows = { extent: height.extent, from: height.stride, to: to.rowStride };
  const pixels = { extent: width.extent, from: width.stride, to: to.pixelStride };
  const inner = { extent: tile, from: channels.stride, to: to.channelStride };
  const loops = rows.from === 1 ? [pixels, tiles, rows, inner] : [rows, tiles, pixels, inner];
  const spec: ElementwiseSpec = {
    extents: loops.map(({ extent }) => extent),
    operands: [
      { memory: 'arena', type: 'f32', strides: loops.map(({ from }) => from), imageStride: source.slice.imageStride },
    ],
    result: { memory: 'arena', type: 'f32', strides: loops.map((loop) => loop.to), imageStride: to.imageStride },
    combination: { kind: 'copy' },
    then: [],
    batched: true,
  };
  const base = `permute_${to.channels}x${to.height}x${to.width}`;
  const kernel = kernels.use(base, spec, elementwise, target);
  return {
    kernel,
    memories: bindMemories(kernels.get(kernel)),
    arguments: [argumentOf(source), { kind: 'slice', buffer: to.buffer, within: to.within }, { kind: 'images' }],
    reads: [sliceRef(source)],
    writes: [regionRef(to)],
    scratch: 0,
    shared: 0,
  };
}

/** What is made of weights, or of what `reads` says, in a region: a copy unless `combination` says otherwise. */
export function fillRegion(
  { kernels, target }: Pick<ScheduleContext, 'kernels' | 'target'>,
  { operand, argument }: { readonly operand: ElementwiseOperand; readonly argument: CallArgument },
  to: Region,
  reads: readonly SliceRef[] = [],
  combination: ElementwiseSpec['combination'] = { kind: 'copy' },
): BareCall {
  const { channels, height, width, buffer, within } = to;
  const spec: ElementwiseSpec = {
    extents: [height, width, channels],
    operands: [operand],
    result: operandOf(to),
    combination,
    then: [],
    batched: true,
  };
  const kernel = kernels.use(
    `${combination.kind === 'copy' ? 'copy' : 'fill'}_${channels}x${height}x${width}`,
    spec,
    elementwise,
    target,
  );
  return {
    kernel,
    memories: bindMemories(kernels.get(kernel)),
    arguments: [argument, { kind: 'slice', buffer, within }, { kind: 'images' }],
    reads,
    writes: [regionRef(to)],
    scratch: 0,
    shared: 0,
  };
}

function operandOf({ rowStride, pixelStride, channelStride, imageStride }: Region): ElementwiseOperand {
  return { memory: 'arena', type: 'f32', strides: [rowStride, pixelStride, channelStride], imageStride };
}
