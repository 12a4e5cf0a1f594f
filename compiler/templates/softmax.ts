// Softmax and log-softmax over the channels of every pixel, shifted by the maximum so that nothing overflows.

import { add, fadd, fdiv, fmax, fsub, mul, unary } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
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
      const largest = k.cell('m', v.constant(-Infinity));
      const rest = v.whole('c', channels, (c) =>
        k.set(largest, fmax(largest.value, v.load(arena, add(from, c), v.lanes))),
      );
      if (v.lanes > 1) k.set(largest, unary('splat', unary('max_lanes', largest.value)));
      // Channels that fill no vector, each in all lanes.
      for (let c = rest; c < channels; c += 1) k.set(largest, fmax(largest.value, v.broadcast(arena, add(from, c))));
      const shifted = (value: Expression): Expression => k.let('d', fsub(value, largest.value));
      const vectors = rest / v.lanes;
      const sums = blockedSum(k, v, { from: 0, to: vectors, most: vectors }, (i) =>
        exp(shifted(v.load(arena, add(from, mul(i, v.lanes)), v.lanes))),
      );
      const total = k.cell('s', v.lanes > 1 ? unary('splat', unary('sum_lanes', sums)) : sums);
      for (let c = rest; c < channels; c += 1)
        k.set(total, fadd(total.value, exp(shifted(v.broadcast(arena, add(from, c))))));
      const shift = spec.logarithm ? fadd(largest.value, log(total.value)) : undefined;
      const offset = shift && k.let('l', shift);
      v.each('c', channels, (c, count) => {
        const value = v.load(arena, add(from, c), count);
        const result = offset ? fsub(value, offset) : fdiv(exp(shifted(value)), total.value);
        v.store(arena, add(to, c), result, count);
      });
    });
  });
}
