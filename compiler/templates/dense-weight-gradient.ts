// The gradient of a dense layer by its weight: the sum over the images of the outer products of its input and of ∂loss/∂y. Threads
// share blocks of features, each of which takes all images, so that there is nothing to add afterwards.

import { add, buildKernel, div, fadd, i32, min, mul, rem, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { numbers } from './numbers.ts';
import { outerSums } from './outer-products.ts';
import { panelsOf, rowBlocks } from './register-block.ts';
import type { Target } from './target.ts';
import { buildOptions } from './target.ts';

export interface DenseWeightGradientSpec {
  /** The layer's; the features of a map are in NCHW order. */
  readonly input: Slice;
  /** ∂loss/∂y, one pixel. */
  readonly upstream: Slice;
}

/** Images whose products are added one after the other in f32. */
const chain = 256;

/** Parameters: input base, upstream base, result base, images. x [I], dy [O] of each image → dw [I][O]. */
export function denseWeightGradient(name: string, spec: DenseWeightGradientSpec, target: Target): Kernel {
  const { input, upstream } = spec;
  const { channels: outputs } = upstream;
  const pixels = input.height * input.width;
  const isDense = input.pixelStride === input.channels || pixels === 1;
  const features = pixels * input.channels;
  return buildKernel(
    name,
    `weight gradient of dense ${sliceName(input)} -> ${outputs}`,
    (k) => {
      const v = numbers(k, target);
      const arena = k.memory('arena', 'f32');
      const [x, dy, y, images] = [k.parameter('x'), k.parameter('dy'), k.parameter('y'), k.parameter('images')];
      const { width, full } = panelsOf(outputs, v.block.columns, v.lanes);
      /** The weights of one feature, whose number in memory order is `at`. */
      const rowOf = (at: Expression): Expression => {
        if (pixels === 1 || input.channels === 1) return at;
        return add(mul(rem(at, input.channels), pixels), div(at, input.channels));
      };
      const run = isDense ? features : input.channels;
      for (const { from, count, height } of rowBlocks(run, v.block.rows, v.lanes)) {
        const block = (piece: Expression): void => {
          const [pixel, index] = isDense ? [i32(0), piece] : [div(piece, count), rem(piece, count)];
          const at = k.let('at', add(mul(index, height), from));
          const first = isDense ? at : k.let('f', add(mul(pixel, input.channels), at));
          const left = k.let('left', sum(x, isDense ? at : add(mul(pixel, input.pixelStride), at)));
          const panel = (column: Expression, columns: number): void => tile(first, left, height, column, columns);
          k.for('o', 0, full * width, (column) => panel(column, width), { step: width });
          if (full * width < outputs) panel(i32(full * width), outputs - full * width);
        };
        k.for('block', 0, isDense ? count : count * pixels, block, { parallel: true });
      }

      function tile(first: Expression, left: Expression, height: number, column: Expression, columns: number): void {
        const products = {
          left: arena,
          rows: Array.from({ length: height }, (_, i) => i),
          right: arena,
          columns,
          pairs: 'all',
          leftStep: input.imageStride,
          rightStep: upstream.imageStride,
        } as const;
        const right = k.let('right', add(dy, column));
        const places = products.rows.map((row) =>
          k.let('p', sum(y, mul(rowOf(k.let('i', add(first, row))), outputs), column)),
        );
        // The sums of the first images are stored, and in f32 those of others added to them.
        const part = (from: Expression | number, end: Expression, isFirst: boolean): void => {
          const sums = outerSums(k, v, products);
          const start = (base: Expression, step: number): Expression => k.let('q', add(base, mul(from, step)));
          sums.add(start(left, input.imageStride), start(right, upstream.imageStride), sub(end, from));
          sums.each((value, row, offset, count) => {
            const place = add(places[row]!, offset);
            v.store(arena, place, isFirst ? value : fadd(v.load(arena, place, count), value), count);
          });
        };
        if (v.lanes === 1) return part(0, images, true);
        part(0, k.let('end', min(images, chain)), true);
        k.for('n', chain, images, (n) => part(n, k.let('end', min(add(n, chain), images)), false), { step: chain });
      }
    },
    buildOptions(target),
  );
}
