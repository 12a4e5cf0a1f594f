// Padding a map with a constant, with its mirror image (without repeating the edge) or with its edge.

import { add, and, buildKernel, f64, le, lt, max, min, mul, promote, select, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';

export interface PadSpec {
  readonly input: Slice;
  readonly output: Slice;
  /** Top and left; negative values crop. */
  readonly padding: readonly [number, number];
  readonly mode: 'constant' | 'reflect' | 'replicate';
  readonly value: number;
}

/** Parameters: input base, output base, images. */
export function pad(name: string, spec: PadSpec): Kernel {
  const { input, output } = spec;
  return buildKernel(name, `pad ${spec.mode} ${sliceName(input)} -> ${sliceName(output)}`, (k) => {
    const arena = k.memory('arena', 'f32');
    const x = k.parameter('x');
    const y = k.parameter('y');
    const images = k.parameter('images');

    /** The input position that an output position repeats. */
    const source = (at: Expression, extent: number): Expression => {
      if (spec.mode === 'constant') return at;
      if (spec.mode === 'replicate') return max(0, min(at, extent - 1));
      const folded = k.let('f', select(lt(at, 0), sub(0, at), at));
      return select(lt(extent - 1, folded), sub(2 * (extent - 1), folded), folded);
    };
    k.for('n', 0, images, (n) => {
      k.for(
        'oh',
        0,
        output.height,
        (oh) => {
          const h = k.let('h', source(k.let('h', sub(oh, spec.padding[0])), input.height));
          k.for('ow', 0, output.width, (ow) => {
            const w = k.let('w', source(k.let('w', sub(ow, spec.padding[1])), input.width));
            const pixel = add(mul(oh, output.width), ow);
            const to = k.let('to', sum(y, mul(n, output.imageStride), mul(pixel, output.pixelStride)));
            const copy = (): void => {
              const place = mul(add(mul(h, input.width), w), input.pixelStride);
              const from = k.let('from', sum(x, mul(n, input.imageStride), place));
              k.for('c', 0, input.channels, (c) => k.store(arena, add(to, c), promote(k.load(arena, add(from, c)))));
            };
            if (spec.mode !== 'constant') return copy();
            const inside = and(and(le(0, h), lt(h, input.height)), and(le(0, w), lt(w, input.width)));
            k.if(inside, copy, () => k.for('c', 0, input.channels, (c) => k.store(arena, add(to, c), f64(spec.value))));
          });
        },
        { parallel: true },
      );
    });
  });
}
