// What gradients of maps that are enlarged have in common: every pixel of ∂loss/∂y adds its part to some of ∂loss/∂x, row by row, so that
// within an image the order of each sum is that of the pixels.

import { add, mul } from '../kernel/builder.ts';
import type { Expression } from '../kernel/ir.ts';
import type { MapKernel, Maps } from './map-kernel.ts';

/** Zeros in an image of the result. */
export function clearImage({ k, v, arena }: MapKernel, { output }: Maps, result: Expression): void {
  k.for('p', 0, output.height * output.width, (p) => {
    const to = k.let('to', add(result, mul(p, output.pixelStride)));
    v.each('c', output.channels, (c, count) => v.store(arena, add(to, c), v.constant(0), count));
  });
}

/** Index of the first channel of the pixel (h, w) of a map. */
export function pixelAt(
  { k }: Pick<MapKernel, 'k'>,
  base: Expression,
  map: Pick<Maps['input'], 'width' | 'pixelStride'>,
  h: Expression,
  w: Expression,
): Expression {
  return k.let('p', add(base, mul(add(mul(h, map.width), w), map.pixelStride)));
}
