// The gradient of resizing: every pixel of ∂loss/∂y goes to those that it was made of, with their weights.

import { add, fadd, fmul } from '../kernel/builder.ts';
import type { Kernel } from '../kernel/ir.ts';
import { sliceName } from './geometry.ts';
import { mapKernel } from './map-kernel.ts';
import type { ResampleSpec } from './resample.ts';
import { resampleTaps } from './resample-taps.ts';
import { clearImage, pixelAt } from './spread.ts';
import type { Target } from './target.ts';

/** Parameters: ∂loss/∂y base, ∂loss/∂x base, images. `input` is ∂loss/∂y, `output` ∂loss/∂x; `resampling` is that of the resizing. */
export function resampleGradient(name: string, spec: ResampleSpec, target: Target): Kernel {
  const { input, output, resampling } = spec;
  const summary = `gradient of ${resampling.mode} ${sliceName(output)} -> ${sliceName(input)}`;
  return mapKernel(name, summary, spec, target, (kernel) => {
    const { k, v, arena, eachImage } = kernel;
    eachImage(({ source, result }) => {
      clearImage(kernel, spec, result);
      k.for('oh', 0, input.height, (oh) => {
        const rows = resampleTaps(k, resampling, resampling.rows, oh);
        k.for('ow', 0, input.width, (ow) => {
          const columns = resampleTaps(k, resampling, resampling.columns, ow);
          const from = pixelAt(kernel, source, input, oh, ow);
          // One after the other: two of them may be the same pixel.
          for (const row of rows) {
            for (const column of columns) {
              const to = pixelAt(kernel, result, output, row.index, column.index);
              const weight = k.let('f', v.everywhere(fmul(row.weight, column.weight)));
              v.each('c', output.channels, (c, count) => {
                const place = k.let('at', add(to, c));
                const part = fmul(v.load(arena, add(from, c), count), weight);
                v.store(arena, place, fadd(v.load(arena, place, count), part), count);
              });
            }
          }
        });
      });
    });
  });
}
