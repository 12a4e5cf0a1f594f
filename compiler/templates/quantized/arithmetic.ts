// Sums of maps of codes and products of two, element by element; an operand of one pixel is repeated over the pixels of its channel.

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
  /** Of the operands after the first; a product has one. */
  readonly others: readonly Slice[];
}

/**
 * Parameters: first base, packed multipliers, packed ranges of the operands and of the result, output base, bases of the other operands,
 * images. [H·W, C] each → y [H·W, C]. Products of differences of codes are below 2^15: they are exact in f32, too.
 */
export function codesArithmetic(name: string, spec: CodesArithmeticSpec, target: Target): Kernel {
  const { operation, input, others, output } = spec;
  const operands = [input, ...others];
  const hints = ['m', ...operands.map(() => 'rx'), 'r'];
  const summary = `${operation} codes ${operands.map(sliceName).join(', ')} -> ${sliceName(output)}`;
  return codesKernel(name, summary, spec, hints, target, ({ k, packed: [m, ...ranges], eachImage }) => {
    const codes = k.memory('codes', 'u8');
    const [weights, integers] = [k.memory('weights', 'f32'), k.memory('integers', 'i32')];
    const factors = (operation === 'add' ? operands : [input]).map((_, at) =>
      k.let('m', fourLanes(k.load(weights, add(m!, at)), target)),
    );
    const zeros = operands.map((_, at) => k.let('zero', wholeNumber(integers, ranges[at]!, k, target)));
    const finish = requantizer(k, integers, ranges.at(-1)!, target);
    const mover = codeMover(k, target);
    const units = (values: readonly Expression[]): Expression =>
      operation === 'add'
        ? values.map((value, at) => fmul(value, factors[at]!)).reduce(fadd)
        : fmul(values.reduce(fmul), factors[0]!);
    const pixels = input.height * input.width;
    eachImage(({ source, result, others: bases }) => {
      const maps = [
        { slice: input, base: source },
        { slice: output, base: result },
        ...others.map((slice, at) => ({
          slice: slice.height * slice.width < pixels ? { ...input, pixelStride: 0 } : slice,
          base: bases[at]!,
        })),
      ];
      eachCode(k, mover, maps, ([x, y, ...rest], count) => {
        const difference = (at: Expression, size: LaneCount, zero: Expression): Expression =>
          fsub(codesAsFloats(k, codes, at, size, target), zero);
        const values = partsOf(count, target).map(({ at, size }) =>
          units([x!, ...rest].map((place, operand) => difference(add(place, at), size, zeros[operand]!))),
        );
        mover.store(codes, y!, finish.codes(values), count);
      });
    });
  });
}
