// Sums over all images and pixels, channel by channel: the gradients of biases and scales, the statistics of a batch. Pixels are
// added in blocks, images in chunks.

import type { ScalarExpression } from '../ir/scalar.ts';
import { add, buildKernel, mul, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../kernel/ir.ts';
import { addChunks, chunksOf, imagesOf, mostChunks, sumsMemory } from './chunks.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { numbers } from './numbers.ts';
import { lowerScalar } from './scalar.ts';
import { blockedSums } from './sums.ts';
import type { Target } from './target.ts';
import { buildOptions } from './target.ts';

/** A map of every image, a number for each channel, or one for all; the latter two without the batch axis. */
export type BatchSumOperand = Slice | 'channels' | 'one';

export interface BatchSumSpec {
  /** x of the expression is the first one, a map; channel(i) is number i. Maps have the same channels, height and width. */
  readonly operands: readonly [Slice, ...BatchSumOperand[]];
  readonly expression: ScalarExpression;
}

/** Elements of memory. */
export function batchSumMemory(
  { operands: [{ channels }] }: BatchSumSpec,
  target: Target,
): { readonly shared?: number; readonly scratch?: number } {
  return { [sumsMemory(target)]: mostChunks * channels };
}

/** Numbers of a pixel that are added at once. */
const width = 4;

/** Elements below which a chunk is not worth a thread. */
const leastElements = 4096;

/** Parameters: a base for every operand, the result's base, images. x [H·W, C] of each image → y [C]. */
export function batchSum(name: string, { operands, expression }: BatchSumSpec, target: Target): Kernel {
  const [input] = operands;
  const { channels } = input;
  const pixels = input.height * input.width;
  const least = Math.min(16, Math.ceil(leastElements / (pixels * channels)));
  return buildKernel(
    name,
    `batch sum ${sliceName(input)}`,
    (k) => {
      const v = numbers(k, target);
      const arena = k.memory('arena', 'f32');
      const shared = k.memory(sumsMemory(target), 'f32');
      const bases = operands.map(() => k.parameter('x'));
      const y = k.parameter('y');
      const images = k.parameter('images');
      const chunks = chunksOf(k, images, mostChunks, least);
      k.for('chunk', 0, chunks.count, sumChunk, { parallel: true });
      k.barrier();
      v.each(
        'c',
        channels,
        (c, count) => {
          const part = { memory: shared, index: c, stride: channels };
          v.store(arena, add(y, c), addChunks(k, v, chunks, part, count), count);
        },
        true,
      );

      function sumChunk(chunk: Expression): void {
        const { first, end } = imagesOf(k, chunks, chunk, images);
        const to = k.let('to', mul(chunk, channels));
        const columns = width * v.lanes;
        const full = Math.floor(channels / columns) * columns;
        const block = (c: Expression, extent: number): void => {
          const parts = Array.from({ length: Math.ceil(extent / v.lanes) }, (_, i) => ({
            channel: add(c, i * v.lanes),
            count: Math.min(v.lanes, extent - i * v.lanes) as LaneCount,
          }));
          const sums = sumImages(parts, first, end);
          parts.forEach(({ channel, count }, i) => v.store(shared, add(to, channel), sums[i]!, count));
        };
        k.for('c', 0, full, (c) => block(c, columns), { step: columns });
        k.for('c', full, channels, (c) => block(c, channels - full), { step: columns });
      }

      function sumImages(parts: readonly Part[], first: Expression, end: Expression): readonly Expression[] {
        // What all pixels share is read once.
        const repeated = operands.map((operand, i) =>
          typeof operand === 'string'
            ? parts.map(({ channel, count }) =>
                k.let(
                  'v',
                  operand === 'one' ? v.broadcast(arena, bases[i]!) : v.load(arena, add(bases[i]!, channel), count),
                ),
              )
            : undefined,
        );
        return blockedSums(k, v, { from: first, to: end, most: 256 }, parts.length, (n) => {
          const starts = operands.map((operand, i) =>
            typeof operand === 'string' ? bases[i]! : k.let('xn', add(bases[i]!, mul(n, operand.imageStride))),
          );
          const terms = (pixel: Expression): readonly Expression[] =>
            parts.map(({ channel, count }, at) => {
              const values = operands.map((operand, i) =>
                typeof operand === 'string'
                  ? repeated[i]![at]!
                  : k.let('v', v.load(arena, sum(starts[i]!, mul(pixel, operand.pixelStride), channel), count)),
              );
              return k.let('t', lowerScalar(k, expression, values[0]!, values.slice(1)));
            });
          return blockedSums(k, v, { from: 0, to: pixels, most: pixels }, parts.length, terms);
        });
      }
    },
    buildOptions(target),
  );
}

interface Part {
  readonly channel: Expression;
  readonly count: LaneCount;
}
