// Bilinear maps of codes of another size: weights are whole numbers, and so are sums, which f32 holds exactly.

import type { Resampling } from '../../ir/resampling.ts';
import { add, f64, fadd, fmul, fsub, mul, numberOf, unary } from '../../kernel/builder.ts';
import type { Expression, Kernel } from '../../kernel/ir.ts';
import { sliceName } from '../geometry.ts';
import type { Slice } from '../geometry.ts';
import type { Maps } from '../map-kernel.ts';
import { resampleTaps } from '../resample-taps.ts';
import type { Target } from '../target.ts';
import { codeMover, codesKernel } from './codes-kernel.ts';
import { codesAsFloats, fourLanes, partsOf } from './lanes.ts';
import { requantizer, wholeNumber } from './requantize.ts';

export interface CodesResampleSpec extends Maps {
  readonly resampling: Resampling;
  /** Of which the weights along rows and columns are parts. */
  readonly parts: readonly [number, number];
}

/** Parameters: input base, packed multiplier, ranges of input and result, output base, images. x [H·W, C] → y [OH·OW, C]. */
export function codesResample(name: string, spec: CodesResampleSpec, target: Target): Kernel {
  const { input, output, resampling, parts } = spec;
  const summary = `bilinear codes ${sliceName(input)} -> ${sliceName(output)}`;
  const hints = ['m', 'rx', 'r'] as const;
  return codesKernel(name, summary, spec, hints, target, ({ k, packed: [m, before, after], eachImage }) => {
    const codes = k.memory('codes', 'u8');
    const [weights, integers] = [k.memory('weights', 'f32'), k.memory('integers', 'i32')];
    const factor = k.let('m', fourLanes(k.load(weights, m), target));
    const total = fourLanes(numberOf('f32', parts[0] * parts[1]), target);
    const shift = k.let('shift', fmul(wholeNumber(integers, before, k, target), total));
    const finish = requantizer(k, integers, after, target);
    const mover = codeMover(k, target);
    const whole = (weight: Expression, of: number): Expression =>
      k.let('f', unary('floor', fadd(fmul(weight, f64(of)), f64(0.5))));
    const placeIn = ({ width, pixelStride }: Slice, base: Expression, h: Expression, w: Expression): Expression =>
      k.let('at', add(base, mul(add(mul(h, width), w), pixelStride)));
    eachImage(({ source, result }) => {
      const row = (oh: Expression): void => {
        const down = resampleTaps(k, resampling, resampling.rows, oh).map(({ index, weight }) => ({
          index,
          weight: whole(weight, parts[0]),
        }));
        k.for('ow', 0, output.width, (ow) => {
          const across = resampleTaps(k, resampling, resampling.columns, ow).map(({ index, weight }) => ({
            index,
            weight: whole(weight, parts[1]),
          }));
          const taps = down.flatMap((h) =>
            across.map((w) => ({
              place: placeIn(input, source, h.index, w.index),
              weight: k.let('f', fourLanes(unary('demote', fmul(h.weight, w.weight)), target)),
            })),
          );
          const to = placeIn(output, result, oh, ow);
          mover.each('c', input.channels, (c, count) => {
            const units = partsOf(count, target).map(({ at, size }) => {
              const products = taps.map(({ place, weight }) =>
                fmul(codesAsFloats(k, codes, add(add(place, c), at), size, target), weight),
              );
              return fmul(fsub(products.reduce(fadd), shift), factor);
            });
            mover.store(codes, add(to, c), finish.codes(units), count);
          });
        });
      };
      k.for('oh', 0, output.height, row, { parallel: true });
    });
  });
}
