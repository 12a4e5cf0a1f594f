// Copies a map to another shape with the same elements in NCHW order: the general case of reshape and flatten.

import { add, div, mul, rem, sum } from '../kernel/builder.ts';
import type { Kernel } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { mapKernel } from './map-kernel.ts';
import type { Target } from './target.ts';

export interface ReshapeSpec {
  readonly input: Slice;
  readonly output: Slice;
}

/** Parameters: input base, output base, images. */
export function reshape(name: string, spec: ReshapeSpec, target: Target): Kernel {
  const { input, output } = spec;
  const area = output.height * output.width;
  const inputArea = input.height * input.width;
  const summary = `reshape ${sliceName(input)} -> ${sliceName(output)}`;
  return mapKernel(name, summary, spec, target, ({ k, arena, eachImage }) => {
    eachImage(({ source, result }) => {
      k.for(
        'c',
        0,
        output.channels,
        (c) => {
          k.for('p', 0, area, (p) => {
            const linear = k.let('l', add(mul(c, area), p));
            const place = add(mul(rem(linear, inputArea), input.pixelStride), div(linear, inputArea));
            const value = k.load(arena, add(source, place));
            k.store(arena, sum(result, mul(p, output.pixelStride), c), value);
          });
        },
        { parallel: true },
      );
    });
  });
}
