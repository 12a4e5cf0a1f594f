// Sums over all images and pixels, channel by channel: the gradients of biases and scales. Pixels are added in blocks, images in chunks.

import type { ScalarExpression } from '../ir/scalar.ts';
import { add, buildKernel, mul } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { Chunks } from './chunks.ts';
import { addChunks, chunksOf, imagesOf, mostChunks, sumsMemory } from './chunks.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import type { ImageSums, SumOperand } from './image-sums.ts';
import { imageSumsScratch, sumImages } from './image-sums.ts';
import type { BlockBuilder } from '../kernel/builder.ts';
import { numbers } from './numbers.ts';
import type { Target } from './target.ts';
import { buildOptions } from './target.ts';

/** A map of every image, a number for each channel, or one for all; the latter two without the batch axis. */
export type BatchSumOperand = Slice | 'channels' | 'one';

export interface BatchSumSpec {
  /** x of the expressions is the first one, a map; channel(i) is number i. Maps have the same channels, height and width. */
  readonly operands: readonly [Slice, ...BatchSumOperand[]];
  /** What is added up, a result each. */
  readonly expressions: readonly ScalarExpression[];
}

/** Elements of memory. */
export interface SumMemory {
  readonly shared?: number;
  readonly scratch?: number;
}

/** Elements of memory of `rows` numbers per channel for each chunk, and of `sums` over images at once. */
export function chunkMemory(input: Slice, rows: number, sums: number, target: Target): SumMemory {
  const { channels, height, width } = input;
  const ofChunks = mostChunks * rows * channels;
  const scratch = imageSumsScratch({ channels, pixels: height * width }, sums, target.lanes);
  return target.threads ? { shared: ofChunks, scratch } : { scratch: ofChunks };
}

/** What `batchSum` takes of memory, in elements. */
export function batchSumMemory({ operands: [input], expressions }: BatchSumSpec, target: Target): SumMemory {
  return chunkMemory(input, expressions.length, expressions.length, target);
}

/** Elements below which a chunk is not worth a thread. */
const leastElements = 4096;

/** The chunks of a batch of such maps. */
export function chunksOfMaps(k: BlockBuilder, images: Expression, { channels, height, width }: Slice): Chunks {
  return chunksOf(k, images, mostChunks, Math.min(16, Math.ceil(leastElements / (height * width * channels))));
}

/** Parameters: a base for every operand, one for each result, images. x [H·W, C] of each image → y [C]. */
export function batchSum(name: string, spec: BatchSumSpec, target: Target): Kernel {
  const { operands, expressions } = spec;
  const [input] = operands;
  const { channels, height, width } = input;
  const stride = expressions.length * channels;
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, target);
    const arena = k.memory('arena', 'f32');
    const shared = k.memory(sumsMemory(target), 'f32');
    const scratch = target.threads && batchSumMemory(spec, target).scratch ? k.memory('scratch', 'f32') : undefined;
    const bases = operands.map(() => k.parameter('x'));
    const results = expressions.map(() => k.parameter('y'));
    const images = k.parameter('images');
    const sums: ImageSums = {
      channels,
      pixels: height * width,
      expressions,
      operands: operands.map((operand, i): SumOperand => {
        const place = { memory: arena, base: bases[i]! };
        return typeof operand === 'string' ? { ...place, kind: operand } : { ...place, kind: 'map', slice: operand };
      }),
    };
    const chunks = chunksOfMaps(k, images, input);
    const sumChunk = (chunk: Expression): void => {
      const rows = { memory: shared, index: k.let('to', mul(chunk, stride)) };
      sumImages(k, v, sums, imagesOf(k, chunks, chunk, images), rows, scratch);
    };
    k.for('chunk', 0, chunks.count, sumChunk, { parallel: true });
    k.barrier();
    results.forEach((y, i) =>
      v.each(
        'c',
        channels,
        (c, count) => {
          const part = { memory: shared, index: add(c, i * channels), stride };
          v.store(arena, add(y, c), addChunks(k, v, chunks, part, count), count);
        },
        true,
      ),
    );
  };
  return buildKernel(name, `batch sum ${sliceName(input)}`, write, buildOptions(target));
}
