// Local response normalisation across channels (Krizhevsky et al., 2012), with alpha divided by the size as PyTorch,
// Caffe and ONNX do: y = x / (k + alpha/size · Σ x²)^beta over a window of `size` channels.

import { add, buildKernel, f64, fadd, fmul, max, min, mul, promote, sub, sum } from '../kernel/builder.ts';
import type { Kernel } from '../kernel/ir.ts';
import { exp, log } from '../kernel/math.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';

export interface LocalResponseNormSpec {
  readonly input: Slice;
  readonly output: Slice;
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

/** Parameters: input base, output base, images. */
export function localResponseNorm(name: string, spec: LocalResponseNormSpec): Kernel {
  const { input, output, size } = spec;
  return buildKernel(name, `local response norm ${size} ${sliceName(input)}`, (k) => {
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
          k.for('c', 0, input.channels, (c) => {
            const squares = k.cell('s', f64(0));
            const first = k.let('c0', max(0, sub(c, Math.floor(size / 2))));
            const end = k.let('c1', min(input.channels, add(c, Math.floor((size - 1) / 2) + 1)));
            k.for('j', first, end, (j) => {
              const value = k.let('v', promote(k.load(arena, add(from, j))));
              k.set(squares, fadd(squares.value, fmul(value, value)));
            });
            const base = k.let('b', fadd(f64(spec.k), fmul(f64(spec.alpha / size), squares.value)));
            const power = exp(fmul(f64(-spec.beta), log(base)));
            k.store(arena, add(to, c), fmul(promote(k.load(arena, add(from, c))), power));
          });
        },
        { parallel: true },
      );
    });
  });
}
