// The gradient of padding: the image is cut out of ∂loss/∂y; what was mirrored or repeated is added where it came from.

import { add, and, fadd, le, lt, sub } from '../kernel/builder.ts';
import type { Kernel } from '../kernel/ir.ts';
import { sliceName } from './geometry.ts';
import { mapKernel } from './map-kernel.ts';
import type { PadSpec } from './pad.ts';
import { paddedPosition } from './pad.ts';
import { clearImage, pixelAt } from './spread.ts';
import type { Target } from './target.ts';

/** Parameters: ∂loss/∂y base, ∂loss/∂x base, images. `input` is ∂loss/∂y, `output` ∂loss/∂x; `padding` the pad's. */
export function padGradient(name: string, spec: Omit<PadSpec, 'value'>, target: Target): Kernel {
  const { input, output, mode, padding } = spec;
  const summary = `gradient of pad ${mode} ${sliceName(output)} -> ${sliceName(input)}`;
  return mapKernel(name, summary, spec, target, (kernel) => {
    const { k, v, arena, eachImage } = kernel;
    eachImage(({ source, result }) => {
      clearImage(kernel, spec, result);
      k.for('oh', 0, input.height, (oh) => {
        const h = k.let('h', paddedPosition(k, mode, k.let('h', sub(oh, padding[0])), output.height));
        k.for('ow', 0, input.width, (ow) => {
          const w = k.let('w', paddedPosition(k, mode, k.let('w', sub(ow, padding[1])), output.width));
          const accumulate = (): void => {
            const from = pixelAt(kernel, source, input, oh, ow);
            const to = pixelAt(kernel, result, output, h, w);
            v.each('c', output.channels, (c, count) => {
              const place = k.let('at', add(to, c));
              v.store(arena, place, fadd(v.load(arena, place, count), v.load(arena, add(from, c), count)), count);
            });
          };
          if (mode !== 'constant') return accumulate();
          k.if(and(and(le(0, h), lt(h, output.height)), and(le(0, w), lt(w, output.width))), accumulate);
        });
      });
    });
  });
}
