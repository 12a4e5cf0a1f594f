// The gradient of bilinear upsampling: every pixel of ∂loss/∂y goes to the four that it was blended of, with their weights.

import { add, f64, fadd, fmul, fsub } from '../kernel/builder.ts';
import type { Kernel } from '../kernel/ir.ts';
import type { BilinearSpec } from './bilinear.ts';
import { neighbours } from './bilinear.ts';
import { sliceName } from './geometry.ts';
import { mapKernel } from './map-kernel.ts';
import { clearImage, pixelAt } from './spread.ts';
import type { Target } from './target.ts';

/** Parameters: ∂loss/∂y base, ∂loss/∂x base, images. `input` is ∂loss/∂y, `output` ∂loss/∂x. */
export function bilinearGradient(name: string, spec: BilinearSpec, target: Target): Kernel {
  const { input, output } = spec;
  const summary = `gradient of bilinear ${sliceName(output)} -> ${sliceName(input)}`;
  return mapKernel(name, summary, spec, target, (kernel) => {
    const { k, v, arena, eachImage } = kernel;
    eachImage(({ source, result }) => {
      clearImage(kernel, spec, result);
      k.for('oh', 0, input.height, (oh) => {
        const rows = neighbours(k, oh, output.height, input.height);
        k.for('ow', 0, input.width, (ow) => {
          const columns = neighbours(k, ow, output.width, input.width);
          const from = pixelAt(kernel, source, input, oh, ow);
          const [top, left] = [fsub(f64(1), rows.weight), fsub(f64(1), columns.weight)];
          const corners = [
            [rows.first, columns.first, fmul(top, left)],
            [rows.first, columns.second, fmul(top, columns.weight)],
            [rows.second, columns.first, fmul(rows.weight, left)],
            [rows.second, columns.second, fmul(rows.weight, columns.weight)],
          ] as const;
          // One after the other: two of them may be the same pixel.
          for (const [h, w, share] of corners) {
            const to = pixelAt(kernel, result, output, h, w);
            const weight = k.let('f', v.everywhere(share));
            v.each('c', output.channels, (c, count) => {
              const place = k.let('at', add(to, c));
              const part = fmul(v.load(arena, add(from, c), count), weight);
              v.store(arena, place, fadd(v.load(arena, place, count), part), count);
            });
          }
        });
      });
    });
  });
}
