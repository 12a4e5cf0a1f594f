// Copies a map to another shape with the same elements in their order, NCHW or that of tokens: the general case of reshape and flatten.

import { add, div, mul, rem, sum } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { mapKernel } from './map-kernel.ts';
import type { Target } from './target.ts';

export interface ReshapeSpec {
  readonly input: Slice;
  readonly output: Slice;
  /** Whether the elements are in the order of tokens, pixel by pixel, and not channel by channel. */
  readonly byPixels?: boolean;
  readonly toPixels?: boolean;
}

/** Parameters: input base, output base, images. */
export function reshape(name: string, spec: ReshapeSpec, target: Target): Kernel {
  const { input, output, byPixels = false, toPixels = false } = spec;
  const area = output.height * output.width;
  const inputArea = input.height * input.width;
  const orders = byPixels || toPixels ? `${byPixels ? ' by pixels' : ''}${toPixels ? ' to pixels' : ''}` : '';
  const summary = `reshape ${sliceName(input)} -> ${sliceName(output)}${orders}`;
  const placeIn = (linear: Expression): Expression =>
    byPixels
      ? add(mul(div(linear, input.channels), input.pixelStride), rem(linear, input.channels))
      : add(mul(rem(linear, inputArea), input.pixelStride), div(linear, inputArea));
  return mapKernel(name, summary, spec, target, ({ k, arena, eachImage }) => {
    eachImage(({ source, result }) => {
      const copy = (c: Expression, p: Expression): void => {
        const linear = k.let('l', toPixels ? add(mul(p, output.channels), c) : add(mul(c, area), p));
        const value = k.load(arena, add(source, placeIn(linear)));
        k.store(arena, sum(result, mul(p, output.pixelStride), c), value);
      };
      const byChannel = (c: Expression): void => k.for('p', 0, area, (p) => copy(c, p));
      const byPixel = (p: Expression): void => k.for('c', 0, output.channels, (c) => copy(c, p));
      if (toPixels) k.for('p', 0, area, byPixel, { parallel: true });
      else k.for('c', 0, output.channels, byChannel, { parallel: true });
    });
  });
}
