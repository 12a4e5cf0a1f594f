// Padding a map with a constant, with its mirror image (without repeating the edge) or with its edge.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, and, buildKernel, le, lt, max, min, mul, select, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import type { Target } from './target.ts';
import { sliceName } from './geometry.ts';
import { buildOptions } from './target.ts';
import { numbers } from './numbers.ts';

export interface PadSpec {
  readonly input: Slice;
  readonly output: Slice;
  /** Top and left; negative values crop. */
  readonly padding: readonly [number, number];
  readonly mode: 'constant' | 'reflect' | 'replicate';
  readonly value: number;
}

/** Parameters: input base, output base, images. */
export function pad(name: string, spec: PadSpec, target: Target): Kernel {
  const { input, output } = spec;
  const summary = `pad ${spec.mode} ${sliceName(input)} -> ${sliceName(output)}`;
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, target);
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
              v.each('c', input.channels, (c, count) =>
                v.store(arena, add(to, c), v.load(arena, add(from, c), count), count),
              );
            };
            if (spec.mode !== 'constant') return copy();
            const inside = and(and(le(0, h), lt(h, input.height)), and(le(0, w), lt(w, input.width)));
            const fill = (): void =>
              v.each('c', input.channels, (c, count) => v.store(arena, add(to, c), v.constant(spec.value), count));
            k.if(inside, copy, fill);
          });
        },
        { parallel: true },
      );
    });
  };
  return buildKernel(name, summary, write, buildOptions(target));
}
