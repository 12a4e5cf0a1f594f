// Means of windows of codes; what lies outside of the map counts as zero. Where all windows have the same count, it is in the multiplier.

import { add, div, fadd, fdiv, fsub, mul, promote, rem, sub, u32, uadd, unary, usub } from '../../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../../kernel/ir.ts';
import { sliceName } from '../geometry.ts';
import type { Maps } from '../map-kernel.ts';
import type { Windows } from '../pool.ts';
import { axisWindow, eachTap } from '../pool.ts';
import type { Target } from '../target.ts';
import { codeMover, codesKernel } from './codes-kernel.ts';
import { fourLanes, partsOf } from './lanes.ts';
import { requantizer, scaledSum } from './requantize.ts';

export interface CodesMeanSpec extends Maps {
  readonly windows: Extract<Windows, { kind: 'sliding' }>;
  /** Whether the multiplier is divided by the count of each window. */
  readonly divides: boolean;
}

/** Parameters: input base, packed multiplier, ranges of input and result, output base, images. x [H·W, C] → y [OH·OW, C]. */
export function codesMean(name: string, { input, output, windows, divides }: CodesMeanSpec, target: Target): Kernel {
  const summary = `mean of codes ${windows.kernel.join('x')} ${sliceName(input)} -> ${sliceName(output)}`;
  const geometry = { operation: 'sum', input, output, windows } as const;
  const hints = ['m', 'rx', 'r'] as const;
  return codesKernel(
    name,
    summary,
    { input, output },
    hints,
    target,
    ({ k, packed: [m, before, after], eachImage }) => {
      const codes = k.memory('codes', 'u8');
      const [weights, integers] = [k.memory('weights', 'f32'), k.memory('integers', 'i32')];
      const multiplier = k.let('m', k.load(weights, m));
      const inAll = (value: Expression): Expression => k.let('f', fourLanes(value, target));
      const whole = divides ? undefined : inAll(multiplier);
      const zero = k.let('zero', k.load(integers, before));
      const finish = requantizer(k, integers, after, target);
      const mover = codeMover(k, target);
      const onVectors = mover.lanes > 1;
      const read = (at: Expression, size: LaneCount): Expression =>
        onVectors ? k.loadLanes(codes, at, size) : promote(k.load(codes, at));
      const everywhere = (count: Expression): Expression =>
        onVectors ? unary('splat_u32', unary('i32_to_u32', count)) : promote(count);
      eachImage(({ source, result }) =>
        k.for(
          'p',
          0,
          output.height * output.width,
          (pixel) => {
            const [oh, ow] = [k.let('oh', div(pixel, output.width)), k.let('ow', rem(pixel, output.width))];
            const [rows, columns] = [axisWindow(k, geometry, 0, oh), axisWindow(k, geometry, 1, ow)];
            const to = k.let('to', add(result, mul(pixel, output.pixelStride)));
            const count = unary('demote', unary('convert', mul(rows.count, columns.count)));
            const factor = whole ?? inAll(fdiv(multiplier, count));
            // Σ (code − zero) over the codes that are in the map.
            const taps = mul(sub(rows.to, rows.from), sub(columns.to, columns.from));
            const shift = k.let('shift', everywhere(mul(taps, zero)));
            mover.each('c', input.channels, (c, count) => {
              const parts = partsOf(count, target);
              const sums = parts.map(() => k.cell('s', onVectors ? unary('splat_u32', u32(0)) : promote(u32(0))));
              eachTap(k, rows, columns, (h, w) => {
                const from = k.let('from', add(add(source, mul(add(mul(h, input.width), w), input.pixelStride)), c));
                parts.forEach(({ at, size }, i) => {
                  const value = read(add(from, at), size);
                  k.set(sums[i]!, onVectors ? uadd(sums[i]!.value, value) : fadd(sums[i]!.value, value));
                });
              });
              const units = sums.map(({ value }) =>
                scaledSum(onVectors ? usub(value, shift) : fsub(value, shift), factor),
              );
              mover.store(codes, add(to, c), finish.codes(units), count);
            });
          },
          { parallel: true },
        ),
      );
    },
  );
}
