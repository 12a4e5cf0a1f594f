// Between which pixels of a map those of a resized one lie, in f64 as the operators' references compute it.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, f64, fadd, fmax, fmul, fsub, max, min, unary } from '../kernel/builder.ts';
import type { Expression } from '../kernel/ir.ts';
import type { ResampledAxis, Resampling } from '../ir/resampling.ts';

/** A position of the map, and its weight, an f64. */
export interface ResampleTap {
  readonly index: Expression;
  readonly weight: Expression;
}

/** What output position `at` is made of along an axis. */
export function resampleTaps(
  k: BlockBuilder,
  { mode, aligned }: Pick<Resampling, 'mode' | 'aligned'>,
  { input, scale }: ResampledAxis,
  at: Expression,
): readonly ResampleTap[] {
  const number = unary('convert', at);
  if (mode === 'nearest') {
    // A product of two f32 is exact in f64, so that it is rounded once.
    const place = unary('promote', unary('demote', fmul(number, f64(scale))));
    return [{ index: k.let('i', scale === 1 ? at : min(unary('truncate', place), input - 1)), weight: f64(1) }];
  }
  const place = aligned ? fmul(number, f64(scale)) : fsub(fmul(fadd(number, f64(0.5)), f64(scale)), f64(0.5));
  if (mode === 'bilinear') {
    const position = k.let('s', fmax(place, f64(0)));
    const first = k.let('i', unary('truncate', position));
    const weight = k.let('f', fsub(position, unary('convert', first)));
    return [
      { index: first, weight: fsub(f64(1), weight) },
      { index: k.let('j', min(add(first, 1), input - 1)), weight },
    ];
  }
  const floor = k.let('s', unary('floor', k.let('s', place)));
  const share = k.let('f', fsub(place, floor));
  const first = k.let('i', unary('truncate', floor));
  const tap = (step: number, weight: Expression) => ({
    index: k.let('i', max(0, min(add(first, step), input - 1))),
    weight: k.let('f', weight),
  });
  const rest = k.let('f', fsub(f64(1), share));
  return [
    tap(-1, far(k.let('f', fadd(share, f64(1))))),
    tap(0, near(share)),
    tap(1, near(rest)),
    tap(2, far(k.let('f', fadd(rest, f64(1))))),
  ];
}

const a = -0.75;

/** The weight of a pixel at most 1 away. */
const near = (x: Expression): Expression => fadd(fmul(fmul(fsub(fmul(f64(a + 2), x), f64(a + 3)), x), x), f64(1));

/** The weight of a pixel 1 to 2 away. */
const far = (x: Expression): Expression =>
  fsub(fmul(fadd(fmul(fsub(fmul(f64(a), x), f64(5 * a)), x), f64(8 * a)), x), f64(4 * a));
