// Sixteen codes as four vectors of four numbers; on scalars each is one number.

import type { BlockBuilder } from '../../kernel/builder.ts';
import { unary } from '../../kernel/builder.ts';
import type { Expression, LaneCount, Memory } from '../../kernel/ir.ts';
import type { Target } from '../target.ts';

export interface Part {
  /** The first of its codes. */
  readonly at: number;
  readonly size: LaneCount;
}

/** The vectors that so many codes become; on scalars there is one code. */
export function partsOf(count: number, { lanes }: Target): readonly Part[] {
  return Array.from({ length: Math.ceil(count / lanes) }, (_, part) => ({
    at: part * lanes,
    size: Math.min(lanes, count - part * lanes) as LaneCount,
  }));
}

/** An f32, in every lane. */
export const fourLanes = (value: Expression, { lanes }: Target): Expression =>
  lanes === 4 ? unary('splat', value) : value;

/** So many f32 side by side. */
export const lanesOfPart = (
  k: BlockBuilder,
  memory: Memory,
  index: Expression,
  size: LaneCount,
  { lanes }: Target,
): Expression => (lanes === 4 ? k.loadLanes(memory, index, size) : k.load(memory, index));

/** So many codes side by side as f32, exactly. */
export const codesAsFloats = (
  k: BlockBuilder,
  codes: Memory,
  index: Expression,
  size: LaneCount,
  { lanes }: Target,
): Expression =>
  lanes === 4 ? unary('u32x4_to_f32x4', k.loadLanes(codes, index, size)) : unary('u32_to_f32', k.load(codes, index));
