// Bilinear upsampling by integer factors with half-pixel centres (PyTorch's align_corners=False).

import { add, buildKernel, f64, fadd, fmax, fmul, fsub, min, mul, promote, sum, unary } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';

export interface BilinearSpec {
  readonly input: Slice;
  readonly output: Slice;
}

/** Parameters: input base, output base, images. */
export function bilinear(name: string, spec: BilinearSpec): Kernel {
  const { input, output } = spec;
  return buildKernel(name, `bilinear ${sliceName(input)} -> ${sliceName(output)}`, (k) => {
    const arena = k.memory('arena', 'f32');
    const x = k.parameter('x');
    const y = k.parameter('y');
    const images = k.parameter('images');

    /** The two neighbours of an output position and the weight of the second. */
    const neighbours = (at: Expression, extent: number, outputs: number) => {
      const centre = fadd(unary('convert', at), f64(0.5));
      const position = k.let('s', fmax(fsub(fmul(centre, f64(extent / outputs)), f64(0.5)), f64(0)));
      const first = k.let('i', unary('truncate', position));
      const weight = k.let('f', fsub(position, unary('convert', first)));
      return { first, second: k.let('j', min(add(first, 1), extent - 1)), weight };
    };
    k.for('n', 0, images, (n) => {
      k.for(
        'oh',
        0,
        output.height,
        (oh) => {
          const rows = neighbours(oh, input.height, output.height);
          k.for('ow', 0, output.width, (ow) => {
            const columns = neighbours(ow, input.width, output.width);
            const pixel = add(mul(oh, output.width), ow);
            const to = k.let('to', sum(y, mul(n, output.imageStride), mul(pixel, output.pixelStride)));
            const place = (h: Expression, w: Expression): Expression =>
              k.let('p', sum(x, mul(n, input.imageStride), mul(add(mul(h, input.width), w), input.pixelStride)));
            const corners = [
              place(rows.first, columns.first),
              place(rows.first, columns.second),
              place(rows.second, columns.first),
              place(rows.second, columns.second),
            ] as const;
            k.for('c', 0, input.channels, (c) => {
              const [a, b, d, e] = corners.map((corner) => promote(k.load(arena, add(corner, c))));
              const blend = (left: Expression, right: Expression, weight: Expression): Expression =>
                fadd(fmul(left, fsub(f64(1), weight)), fmul(right, weight));
              const value = blend(blend(a!, b!, columns.weight), blend(d!, e!, columns.weight), rows.weight);
              k.store(arena, add(to, c), value);
            });
          });
        },
        { parallel: true },
      );
    });
  });
}
