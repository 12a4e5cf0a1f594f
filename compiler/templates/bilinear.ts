// Bilinear upsampling by integer factors with half-pixel centres (PyTorch's align_corners=False).

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, f64, fadd, fmax, fmul, fsub, min, mul, unary } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { mapKernel } from './map-kernel.ts';
import type { Target } from './target.ts';

export interface BilinearSpec {
  readonly input: Slice;
  readonly output: Slice;
}

/** The two neighbours of an output position, of `outputs` from `extent` positions, and the weight of the second, in f64. */
export function neighbours(k: BlockBuilder, at: Expression, extent: number, outputs: number) {
  const centre = fadd(unary('convert', at), f64(0.5));
  const position = k.let('s', fmax(fsub(fmul(centre, f64(extent / outputs)), f64(0.5)), f64(0)));
  const first = k.let('i', unary('truncate', position));
  const weight = k.let('f', fsub(position, unary('convert', first)));
  return { first, second: k.let('j', min(add(first, 1), extent - 1)), weight };
}

/** Parameters: input base, output base, images. */
export function bilinear(name: string, spec: BilinearSpec, target: Target): Kernel {
  const { input, output } = spec;
  const summary = `bilinear ${sliceName(input)} -> ${sliceName(output)}`;
  return mapKernel(name, summary, spec, target, ({ k, v, arena, eachImage }) => {
    /** Two numbers, the second with this weight. */
    const blend = (weight: Expression) => {
      const [first, second] = [v.everywhere(fsub(f64(1), weight)), v.everywhere(weight)];
      return (left: Expression, right: Expression): Expression => fadd(fmul(left, first), fmul(right, second));
    };
    eachImage(({ source, result }) => {
      k.for(
        'oh',
        0,
        output.height,
        (oh) => {
          const rows = neighbours(k, oh, input.height, output.height);
          k.for('ow', 0, output.width, (ow) => {
            const columns = neighbours(k, ow, input.width, output.width);
            const pixel = add(mul(oh, output.width), ow);
            const to = k.let('to', add(result, mul(pixel, output.pixelStride)));
            const place = (h: Expression, w: Expression): Expression =>
              k.let('p', add(source, mul(add(mul(h, input.width), w), input.pixelStride)));
            const corners = [
              place(rows.first, columns.first),
              place(rows.first, columns.second),
              place(rows.second, columns.first),
              place(rows.second, columns.second),
            ] as const;
            const across = blend(columns.weight);
            const down = blend(rows.weight);
            v.each('c', input.channels, (c, count) => {
              const [a, b, d, e] = corners.map((corner) => v.load(arena, add(corner, c), count));
              v.store(arena, add(to, c), down(across(a!, b!), across(d!, e!)), count);
            });
          });
        },
        { parallel: true },
      );
    });
  });
}
