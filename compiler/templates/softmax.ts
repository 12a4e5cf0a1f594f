// Softmax and log-softmax over the channels of every pixel, shifted by the maximum so that nothing overflows.

import { add, buildKernel, f64, fadd, fdiv, fmax, fsub, mul, promote, sum } from '../kernel/builder.ts';
import type { Kernel } from '../kernel/ir.ts';
import { exp, log } from '../kernel/math.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';

export interface SoftmaxSpec {
  readonly input: Slice;
  readonly output: Slice;
  readonly logarithm: boolean;
}

/** Parameters: input base, output base, images. */
export function softmax(name: string, spec: SoftmaxSpec): Kernel {
  const { input, output } = spec;
  const summary = `${spec.logarithm ? 'log ' : ''}softmax ${sliceName(input)}`;
  return buildKernel(name, summary, (k) => {
    const arena = k.memory('arena', 'f32');
    const x = k.parameter('x');
    const y = k.parameter('y');
    const images = k.parameter('images');
    k.for('n', 0, images, (n) => {
      k.for(
        'p',
        0,
        input.height * input.width,
        (pixel) => {
          const from = k.let('from', sum(x, mul(n, input.imageStride), mul(pixel, input.pixelStride)));
          const to = k.let('to', sum(y, mul(n, output.imageStride), mul(pixel, output.pixelStride)));
          const largest = k.cell('m', f64(-Infinity));
          k.for('c', 0, input.channels, (c) =>
            k.set(largest, fmax(largest.value, promote(k.load(arena, add(from, c))))),
          );
          const total = k.cell('s', f64(0));
          k.for('c', 0, input.channels, (c) => {
            const shifted = k.let('d', fsub(promote(k.load(arena, add(from, c))), largest.value));
            k.set(total, fadd(total.value, exp(shifted)));
          });
          const shift = spec.logarithm ? fadd(largest.value, log(total.value)) : undefined;
          const offset = shift && k.let('l', shift);
          k.for('c', 0, input.channels, (c) => {
            const value = promote(k.load(arena, add(from, c)));
            const result = offset
              ? fsub(value, offset)
              : fdiv(exp(k.let('d', fsub(value, largest.value))), total.value);
            k.store(arena, add(to, c), result);
          });
        },
        { parallel: true },
      );
    });
  });
}
