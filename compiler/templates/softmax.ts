// Softmax and log-softmax over the channels of every pixel, shifted by the maximum so that nothing overflows, and so that a logarithm
// is taken from small numbers: among scores of 10⁴, f32 would round it away. On vectors, whose powers are f32 as the result is, they
// are kept there until their sum is known; numbers, which are f64, are computed again.

import { add, fadd, fdiv, fsub, mul, unary } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import { largestAcross } from './across-channels.ts';
import { exp, log } from './functions.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { eachPixel, mapKernel } from './map-kernel.ts';
import { blockedSum } from './sums.ts';
import type { Target } from './target.ts';

export interface SoftmaxSpec {
  readonly input: Slice;
  readonly output: Slice;
  readonly logarithm: boolean;
}

/** Parameters: input base, output base, images. */
export function softmax(name: string, spec: SoftmaxSpec, target: Target): Kernel {
  const { input } = spec;
  const summary = `${spec.logarithm ? 'log ' : ''}softmax ${sliceName(input)}`;
  return mapKernel(name, summary, spec, target, (kernel) => {
    const { k, v, arena } = kernel;
    eachPixel(kernel, spec, (from, to) => {
      const { channels } = input;
      const largest = largestAcross(k, v, channels, (read) => read(arena, from));
      const shifted = (value: Expression): Expression => k.let('d', fsub(value, largest));
      const vectors = Math.floor(channels / v.lanes);
      const rest = vectors * v.lanes;
      const keeps = v.lanes > 1 && !spec.logarithm;
      const sums = blockedSum(k, v, { from: 0, to: vectors, most: vectors }, (i) => {
        const c = k.let('c', mul(i, v.lanes));
        const power = k.let('e', exp(shifted(v.load(arena, add(from, c), v.lanes))));
        if (keeps) v.store(arena, add(to, c), power, v.lanes);
        return power;
      });
      const total = k.cell('s', v.lanes > 1 ? unary('splat', unary('sum_lanes', sums)) : sums);
      for (let c = rest; c < channels; c += 1)
        k.set(total, fadd(total.value, exp(shifted(v.broadcast(arena, add(from, c))))));
      const logarithm = spec.logarithm ? k.let('l', log(total.value)) : undefined;
      v.each('c', channels, (c, count) => {
        const value = (): Expression => shifted(v.load(arena, add(from, c), count));
        const power = (): Expression => (keeps && count === 4 ? v.load(arena, add(to, c), count) : exp(value()));
        v.store(arena, add(to, c), logarithm ? fsub(value(), logarithm) : fdiv(power(), total.value), count);
      });
    });
  });
}
