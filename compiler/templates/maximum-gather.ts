// From each window of a map the number of another map where this one is largest, at the first of equal pixels: the gradient of what
// max-unpooling puts there.

import { add, lt, mul, select, sum } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { eachImageKernel } from './map-kernel.ts';
import type { PoolGeometry, Windows } from './pool.ts';
import { axisWindow, eachTap } from './pool.ts';
import type { Target } from './target.ts';

export interface MaximumGatherSpec {
  /** What is taken, ∂loss/∂y. */
  readonly taken: Slice;
  /** What was pooled. */
  readonly input: Slice;
  readonly output: Slice;
  readonly windows: Windows;
}

/** Parameters: bases of what is taken, of the input and of the output, images. dy [H·W, C], x [H·W, C] → dv [OH·OW, C]. */
export function maximumGather(name: string, spec: MaximumGatherSpec, target: Target): Kernel {
  const { taken, input, output, windows } = spec;
  // Sums have windows with a first position inside the map and no written out taps.
  const geometry: PoolGeometry = { operation: 'sum', input, output, windows };
  const summary = `numbers at maxima ${sliceName(input)} -> ${sliceName(output)}`;
  return eachImageKernel(name, summary, { operands: [taken, input], output }, target, (image) => {
    const { k, v, arena, operands, result } = image;
    const [dy, x] = operands as [Expression, Expression];
    k.for('oh', 0, output.height, (oh) => {
      const rows = axisWindow(k, geometry, 0, oh);
      k.for('ow', 0, output.width, (ow) => {
        const columns = axisWindow(k, geometry, 1, ow);
        const to = k.let('to', add(result, mul(add(mul(oh, output.width), ow), output.pixelStride)));
        v.each('c', output.channels, (c, count) => {
          const read = (base: Expression, map: Slice, h: Expression, w: Expression): Expression =>
            v.load(arena, sum(base, mul(add(mul(h, map.width), w), map.pixelStride), c), count);
          const largest = k.cell('m', read(x, input, rows.from, columns.from));
          const found = k.cell('d', read(dy, taken, rows.from, columns.from));
          eachTap(k, rows, columns, (h, w) => {
            const value = k.let('v', read(x, input, h, w));
            const isLarger = lt(largest.value, value);
            k.set(found, select(isLarger, read(dy, taken, h, w), found.value));
            k.set(largest, select(isLarger, value, largest.value));
          });
          v.store(arena, add(to, c), found.value, count);
        });
      });
    });
  });
}
