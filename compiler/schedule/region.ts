// Boxes of maps in the arena: what a part of a map is when it is cut out or joined along an axis.

import type { Attributes, Graph, Node } from '../ir/graph.ts';
import type { Box } from '../ir/operator.ts';
import { typeOf } from '../ir/signature.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import type { SliceRef } from '../program/program.ts';
import type { Slice } from '../templates/geometry.ts';
import type { Extents } from './extents.ts';
import { extentsOfType } from './extents.ts';

export type MapAxis = keyof Extents;

/** The axis of a map along which a node joins or cuts. */
export const axisAlong = ({ along }: Attributes): MapAxis =>
  along === 'height' || along === 'width' ? along : 'channels';

/** Pixels of a map in the arena, in rows that may lie apart. Strides are elements. */
export interface Region extends Extents {
  readonly buffer: number;
  /** Elements from the start of the image's part of the buffer. */
  readonly within: number;
  readonly rowStride: number;
  readonly pixelStride: number;
  readonly channelStride: number;
  readonly imageStride: number;
  readonly codes?: true;
}

/** Where a slice lies in the arena. */
export interface SlicePlace {
  readonly buffer: number;
  /** Elements from the start of the image's part. */
  readonly within: number;
  readonly slice: Slice;
}

/** All of a place. */
export function wholeRegion({ buffer, within, slice }: SlicePlace): Region {
  return { buffer, within, ...slice, rowStride: slice.width * slice.pixelStride, channelStride: 1 };
}

const strideNames = { channels: 'channelStride', height: 'rowStride', width: 'pixelStride' } as const;

/** `extent` elements of a region along an axis, from `start` on, each `step` behind the one before. */
export function partOf(region: Region, axis: MapAxis, start: number, extent: number, step = 1): Region {
  const stride = region[strideNames[axis]];
  return { ...region, within: region.within + start * stride, [axis]: extent, [strideNames[axis]]: step * stride };
}

/** The region as a place, if its pixels lie as evenly as those of one: a step between all rows, and channels side by side. */
export function asPlace({ rowStride, channelStride, buffer, within, ...slice }: Region): SlicePlace | undefined {
  const even = slice.height === 1 || rowStride === slice.width * slice.pixelStride;
  // One pixel a row: the rows are the pixels.
  const pixelStride = slice.width === 1 && slice.height > 1 ? rowStride : slice.pixelStride;
  if ((!even && slice.width > 1) || (channelStride !== 1 && slice.channels > 1)) return undefined;
  return { buffer, within, slice: { ...slice, pixelStride } };
}

/** The parts of a map that the results of a split are. */
export function partsOf(graph: Graph, { attributes, results }: Node, whole: Region): readonly Region[] {
  const axis = axisAlong(attributes);
  let start = 0;
  return results.map((value) => {
    const extent = extentsOfType(typeOf(graph, value))[axis];
    start += extent;
    return partOf(whole, axis, start - extent, extent);
  });
}

/** The box of a region that an operator means, of a value of that many axes. */
export function boxIn(whole: Region, { start, step }: Box, result: TensorType): Region {
  const axes = axesOfMap(start.length);
  const extents = extentsOfType(result);
  return axes.reduce((region, axis, at) => partOf(region, axis, start[at]!, extents[axis], step[at]!), whole);
}

/** The axes of the map that a value of so many axes is; of two, the first axis of weights. */
function axesOfMap(rank: number): readonly MapAxis[] {
  return rank === 2 ? ['channels', 'width'] : (['channels', 'height', 'width'] as const).slice(0, rank);
}

/** What a call touches of a region. */
export function regionRef(region: Region): SliceRef {
  const { buffer, within, channels, height, width, pixelStride, rowStride, channelStride } = region;
  const touched = (channels - 1) * channelStride + 1;
  const rows = height > 1 && rowStride !== width * pixelStride ? { rows: { count: height, stride: rowStride } } : {};
  return { buffer, within, channels: touched, pixels: rows.rows ? width : height * width, pixelStride, ...rows };
}
