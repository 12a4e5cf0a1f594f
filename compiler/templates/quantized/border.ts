// Between numbers and codes.

import { add, fmul, fsub } from '../../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../../kernel/ir.ts';
import { sliceName } from '../geometry.ts';
import type { Maps } from '../map-kernel.ts';
import type { Target } from '../target.ts';
import { codeMover, codesKernel, eachCode } from './codes-kernel.ts';
import { codesAsFloats, fourLanes, lanesOfPart, partsOf } from './lanes.ts';
import { requantizer, wholeNumber } from './requantize.ts';

/** Parameters: input base, packed multiplier, packed range, output base, images. x f32 [H·W, C] → codes [H·W, C]. */
export function quantize(name: string, { input, output }: Maps, target: Target): Kernel {
  const summary = `quantize ${sliceName(input)} -> ${sliceName(output)}`;
  return codesKernel(name, summary, { input, output }, ['m', 'r'], target, ({ k, packed: [m, r], eachImage }) => {
    const [arena, codes] = [k.memory('arena', 'f32'), k.memory('codes', 'u8')];
    const [weights, integers] = [k.memory('weights', 'f32'), k.memory('integers', 'i32')];
    const multiplier = k.let('m', fourLanes(k.load(weights, m), target));
    const finish = requantizer(k, integers, r, target);
    const mover = codeMover(k, target);
    eachImage(({ source, result }) =>
      eachCode(
        k,
        mover,
        [
          { slice: input, base: source },
          { slice: output, base: result },
        ],
        ([from, to], count) => {
          const units = partsOf(count, target).map(({ at, size }) =>
            fmul(lanesOfPart(k, arena, add(from!, at), size, target), multiplier),
          );
          mover.store(codes, to!, finish.codes(units), count);
        },
      ),
    );
  });
}

/** Parameters: input base, packed scale, packed range of the codes, output base, images. codes [H·W, C] → y f32 [H·W, C]. */
export function dequantize(name: string, { input, output }: Maps, target: Target): Kernel {
  const summary = `dequantize ${sliceName(input)} -> ${sliceName(output)}`;
  return codesKernel(name, summary, { input, output }, ['m', 'r'], target, ({ k, packed: [m, r], eachImage }) => {
    const [arena, codes] = [k.memory('arena', 'f32'), k.memory('codes', 'u8')];
    const [weights, integers] = [k.memory('weights', 'f32'), k.memory('integers', 'i32')];
    const scale = k.let('m', fourLanes(k.load(weights, m), target));
    const zero = k.let('zero', wholeNumber(integers, r, k, target));
    const mover = codeMover(k, target);
    const number = (from: Expression, size: LaneCount): Expression =>
      fmul(fsub(codesAsFloats(k, codes, from, size, target), zero), scale);
    eachImage(({ source, result }) =>
      eachCode(
        k,
        mover,
        [
          { slice: input, base: source },
          { slice: output, base: result },
        ],
        ([from, to], count) => {
          for (const { at, size } of partsOf(count, target)) {
            const value = number(add(from!, at), size);
            if (target.lanes === 4) k.storeLanes(arena, add(to!, at), value, size);
            else k.store(arena, add(to!, at), value);
          }
        },
      ),
    );
  });
}
