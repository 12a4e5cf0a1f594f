// Sums and products of two maps of codes, element by element; a factor of one pixel is repeated over the pixels of its channel.

import { add, fadd, fmul, fsub } from '../../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../../kernel/ir.ts';
import type { Slice } from '../geometry.ts';
import { sliceName } from '../geometry.ts';
import type { Maps } from '../map-kernel.ts';
import type { Target } from '../target.ts';
import { codeMover, codesKernel, eachCode } from './codes-kernel.ts';
import { codesAsFloats, fourLanes, partsOf } from './lanes.ts';
import { requantizer, wholeNumber } from './requantize.ts';

export interface CodesArithmeticSpec extends Maps {
  readonly operation: 'add' | 'mul';
  /** Of the second operand. */
  readonly other: Slice;
}

/**
 * Parameters: first base, packed multipliers, packed ranges of both operands and of the result, output base, second base, images.
 * a, b [H·W, C] → y [H·W, C]. Products of differences of codes are below 2^15: they are exact in f32, too.
 */
export function codesArithmetic(name: string, spec: CodesArithmeticSpec, target: Target): Kernel {
  const { operation, input, other, output } = spec;
  const hints = ['m', 'ra', 'rb', 'r'] as const;
  const summary = `${operation} codes ${sliceName(input)}, ${sliceName(other)} -> ${sliceName(output)}`;
  return codesKernel(name, summary, spec, hints, target, ({ k, packed: [m, ra, rb, r], eachImage }) => {
    const codes = k.memory('codes', 'u8');
    const [weights, integers] = [k.memory('weights', 'f32'), k.memory('integers', 'i32')];
    const factor = (at: number): Expression => k.let('m', fourLanes(k.load(weights, add(m, at)), target));
    const first = factor(0);
    const second = operation === 'add' ? factor(1) : first;
    const [za, zb] = [ra, rb].map((at) => k.let('zero', wholeNumber(integers, at, k, target)));
    const finish = requantizer(k, integers, r, target);
    const mover = codeMover(k, target);
    const units = (a: Expression, b: Expression): Expression =>
      operation === 'add' ? fadd(fmul(a, first), fmul(b, second)) : fmul(fmul(a, b), first);
    const repeats = other.height * other.width === 1 && input.height * input.width > 1;
    eachImage(({ source, result, other: from }) => {
      const maps = [
        { slice: input, base: source },
        { slice: output, base: result },
        { slice: repeats ? { ...input, pixelStride: 0 } : other, base: from },
      ];
      eachCode(k, mover, maps, ([x, y, z], count) => {
        const difference = (at: Expression, size: LaneCount, zero: Expression): Expression =>
          fsub(codesAsFloats(k, codes, at, size, target), zero);
        const values = partsOf(count, target).map(({ at, size }) =>
          units(difference(add(x!, at), size, za!), difference(add(z!, at), size, zb!)),
        );
        mover.store(codes, y!, finish.codes(values), count);
      });
    });
  });
}
