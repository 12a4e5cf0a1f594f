// Kernel calls that copy from one box of a map to another.

import type { CallArgument, SliceRef } from '../program/program.ts';
import type { ElementwiseOperand, ElementwiseSpec } from '../templates/elementwise.ts';
import { elementwise } from '../templates/elementwise.ts';
import type { BareCall } from './bare-call.ts';
import { argumentOf, bindMemories, sliceRef } from './bare-call.ts';
import { arenaOperand, copySpec } from './choose-copy.ts';
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
  const most = channels.stride === 1 ? channels.extent : linesAtOnce(channels.stride);
  const tile = Array.from({ length: most }, (_, i) => most - i).find((size) => channels.extent % size === 0)!;
  const tiles = { extent: channels.extent / tile, from: tile * channels.stride, to: tile * to.channelStride };
  const rows = { extent: height.extent, from: height.stride, to: to.rowStride };
  const pixels = { extent: width.extent, from: width.stride, to: to.pixelStride };
  const inner = { extent: tile, from: channels.stride, to: to.channelStride };
  const loops = rows.from === 1 ? [pixels, tiles, rows, inner] : [rows, tiles, pixels, inner];
  const spec = copySpec(
    loops.map(({ extent }) => extent),
    arenaOperand(
      source.slice,
      loops.map(({ from }) => from),
    ),
    arenaOperand(
      to,
      loops.map((loop) => loop.to),
    ),
  );
  return callInto(site, 'permute_', spec, { argument: argumentOf(source), reads: [sliceRef(source)], to });
}

/** What is made of weights, or of what `reads` says, in a region: a copy unless `combination` says otherwise. */
export function fillRegion(
  site: Pick<ScheduleContext, 'kernels' | 'target'>,
  { operand, argument }: { readonly operand: ElementwiseOperand; readonly argument: CallArgument },
  to: Region,
  reads: readonly SliceRef[] = [],
  combination: ElementwiseSpec['combination'] = { kind: 'copy' },
): BareCall {
  const spec = { ...copySpec([to.height, to.width, to.channels], operand, operandOf(to)), combination };
  const prefix = combination.kind === 'copy' ? 'copy_' : 'fill_';
  return callInto(site, prefix, spec, { argument, reads, to });
}

/** The call of an elementwise kernel whose result is a region. */
function callInto(
  { kernels, target }: Pick<ScheduleContext, 'kernels' | 'target'>,
  prefix: string,
  spec: ElementwiseSpec,
  {
    argument,
    reads,
    to,
  }: { readonly argument: CallArgument; readonly reads: readonly SliceRef[]; readonly to: Region },
): BareCall {
  const kernel = kernels.use(`${prefix}${to.channels}x${to.height}x${to.width}`, spec, elementwise, target);
  return {
    kernel,
    memories: bindMemories(kernels.get(kernel)),
    arguments: [argument, { kind: 'slice', buffer: to.buffer, within: to.within }, { kind: 'images' }],
    reads,
    writes: [regionRef(to)],
    scratch: 0,
    shared: 0,
  };
}

const operandOf = (region: Region): ElementwiseOperand =>
  arenaOperand(region, [region.rowStride, region.pixelStride, region.channelStride]);
