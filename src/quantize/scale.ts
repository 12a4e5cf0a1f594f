// The scale and zero point whose 128 codes cover an interval (Jacob et al., 2018, section 2.1).

import type { Range } from '../../compiler/ir/range.ts';
import { LARGEST_CODE, nearest } from '../../compiler/ops/quantized/codes.ts';

/** (code − zero)·scale is the number. */
export interface Scale {
  readonly scale: number;
  readonly zero: number;
}

/** The scale whose 128 codes cover the interval; it is an f32, and zero is a code. */
export function scaleOf({ low, high }: Range): Scale {
  const bottom = Math.min(low, 0);
  const scale = Math.max(Math.fround((Math.max(high, 0) - bottom) / LARGEST_CODE), LEAST_SCALE);
  return { scale, zero: Math.min(LARGEST_CODE, nearest((0 - bottom) / scale)) };
}

/** What the codes stand for, from the least to the largest. */
export const intervalOf = ({ scale, zero }: Scale): Range => ({
  low: -zero * scale,
  high: (LARGEST_CODE - zero) * scale,
});

/** So that neither it nor its reciprocal leaves the range of f32. */
const LEAST_SCALE = 2 ** -100;
