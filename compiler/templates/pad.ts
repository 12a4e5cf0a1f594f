// Padding a map with a constant, with its mirror image (without repeating the edge), with its edge, or with its other side.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, and, le, lt, max, min, mul, select, sub } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { mapKernel } from './map-kernel.ts';
import type { Target } from './target.ts';

export interface PadSpec {
  readonly input: Slice;
  readonly output: Slice;
  /** Top and left; negative values crop. */
  readonly padding: readonly [number, number];
  readonly mode: 'constant' | 'reflect' | 'replicate' | 'circular';
  readonly value: number;
}

/** The position of an image of `extent` that a padded one repeats `at` positions behind its first; outside in constant mode. */
export function paddedPosition(k: BlockBuilder, mode: PadSpec['mode'], at: Expression, extent: number): Expression {
  if (mode === 'constant') return at;
  if (mode === 'replicate') return max(0, min(at, extent - 1));
  if (mode === 'circular') {
    const wrapped = k.let('f', select(lt(at, 0), add(at, extent), at));
    return select(lt(extent - 1, wrapped), sub(wrapped, extent), wrapped);
  }
  const folded = k.let('f', select(lt(at, 0), sub(0, at), at));
  return select(lt(extent - 1, folded), sub(2 * (extent - 1), folded), folded);
}

/** Parameters: input base, output base, images. */
export function pad(name: string, spec: PadSpec, target: Target): Kernel {
  const { input, output } = spec;
  const summary = `pad ${spec.mode} ${sliceName(input)} -> ${sliceName(output)}`;
  return mapKernel(name, summary, spec, target, ({ k, v, arena, eachImage }) => {
    const position = (at: Expression, extent: number): Expression => paddedPosition(k, spec.mode, at, extent);
    eachImage(({ source, result }) => {
      k.for(
        'oh',
        0,
        output.height,
        (oh) => {
          const h = k.let('h', position(k.let('h', sub(oh, spec.padding[0])), input.height));
          k.for('ow', 0, output.width, (ow) => {
            const w = k.let('w', position(k.let('w', sub(ow, spec.padding[1])), input.width));
            const pixel = add(mul(oh, output.width), ow);
            const to = k.let('to', add(result, mul(pixel, output.pixelStride)));
            const copy = (): void => {
              const place = mul(add(mul(h, input.width), w), input.pixelStride);
              const from = k.let('from', add(source, place));
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
  });
}
