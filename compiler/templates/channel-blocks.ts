// Channels of a pixel, several vectors at a time, so that sums of many pixels wait for one another less.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add } from '../kernel/builder.ts';
import type { Expression, LaneCount } from '../kernel/ir.ts';
import type { Numbers } from './numbers.ts';

/** Some channels side by side that one vector, or number, holds. */
export interface ChannelPart {
  readonly channel: Expression;
  readonly count: LaneCount;
}

/** Vectors of a block: a cache line of 16 f32, or as many numbers as registers hold easily. */
const partsOfBlock = 4;

/** Calls `body` with the parts of each block of channels. */
export function eachChannelBlock(
  k: BlockBuilder,
  v: Numbers,
  channels: number,
  body: (parts: readonly ChannelPart[]) => void,
  parallel = false,
): void {
  const size = partsOfBlock * v.lanes;
  const full = channels - (channels % size);
  const blockAt = (first: Expression, extent: number): void =>
    body(v.parts(extent).map(({ at, count }) => ({ channel: add(first, at), count })));
  k.for('c', 0, full, (first) => blockAt(first, size), { step: size, parallel });
  k.for('c', full, channels, (first) => blockAt(first, channels - full), { step: size, parallel });
}
