// What the kernels of depthwise convolutions have in common, whichever pixels they compute at a time.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, and, div, le, lt, max, min, mul, select, sub, sum } from '../kernel/builder.ts';
import type { Condition, Expression, LaneCount, Memory } from '../kernel/ir.ts';
import type { ApplyEpilogue, Epilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import type { Image } from './map-kernel.ts';
import type { Numbers } from './numbers.ts';
import { longestChain } from './sums.ts';

export interface DepthwiseSpec {
  readonly input: Slice;
  /** As many channels as the input. */
  readonly output: Slice;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Top and left. */
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly bias: boolean;
  readonly epilogue: Epilogue;
}

/** Windows of more taps than this stay loops. */
export const unrolledTaps = 25;

export interface DepthwiseRun {
  readonly k: BlockBuilder;
  readonly v: Numbers;
  readonly spec: DepthwiseSpec;
  readonly arena: Memory;
  readonly weights: Memory;
  readonly filters: Expression;
  readonly bias: Expression | undefined;
  readonly epilogue: ApplyEpilogue;
}

/** Whether all taps may be added one after the other, as far as rounding goes. */
export const hasShortSums = ({ v, spec: { kernel } }: Pick<DepthwiseRun, 'v' | 'spec'>): boolean =>
  v.lanes === 1 || kernel[0] * kernel[1] <= longestChain;

/** Index of a result's first channel. */
export function placeOf({ spec }: DepthwiseRun, { result }: Image, pixel: Expression): Expression {
  return add(result, mul(pixel, spec.output.pixelStride));
}

/** What the sums of some channels start from. */
export function start({ v, weights, bias }: DepthwiseRun, channel: Expression, count: LaneCount): Expression {
  return bias ? v.load(weights, add(bias, channel), count) : v.constant(0);
}

/** Tap (i, j) of the filters of some channels. */
export function tapAt(run: DepthwiseRun, i: Operand, j: Operand, c: Expression, count: LaneCount): Expression {
  const { kernel, input } = run.spec;
  return run.v.load(run.weights, sum(run.filters, c, mul(add(mul(i, kernel[1]), j), input.channels)), count);
}

/** Whether all taps from `first` on lie in 0 … extent − 1. */
export const isInside = (first: Expression, extent: number, taps: number, dilation: number): Condition =>
  and(le(0, first), le(first, extent - 1 - (taps - 1) * dilation));

/** First and end tap whose position first + tap · dilation lies in 0 … extent − 1. */
export function clip(first: Expression, extent: number, taps: number, dilation: number): [Expression, Expression] {
  const from = select(lt(first, 0), div(max(0, sub(add(sub(0, first), dilation), 1)), dilation), 0);
  const to = min(taps, div(add(max(0, sub(extent, first)), dilation - 1), dilation));
  return [from, max(0, to)];
}
