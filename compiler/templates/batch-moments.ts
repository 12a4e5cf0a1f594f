// The mean of each channel over all images and pixels, and the sum of the squared distances from it: those of each chunk of images from
// the chunk's own mean, in a second pass while its maps are in a cache, put together as T. Chan, G. Golub and R. LeVeque do
// ("Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979).

import { channel, mul as times, sub as minus, x } from '../ir/scalar.ts';
import type { BlockBuilder } from '../kernel/builder.ts';
import { add, buildKernel, fadd, fdiv, fmul, fsub, min, mul, sub, unary } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { SumMemory } from './batch-sum.ts';
import { chunkMemory, chunksOfMaps } from './batch-sum.ts';
import { addChunks, imagesOf, sumsMemory } from './chunks.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { sumImages } from './image-sums.ts';
import { numbers } from './numbers.ts';
import { blockedSum } from './sums.ts';
import type { Target } from './target.ts';
import { buildOptions } from './target.ts';

export interface BatchMomentsSpec {
  readonly input: Slice;
}

/** Rows of a chunk: sums, means, sums of squares. */
const rows = 3;

/** What `batchMoments` takes of memory, in elements. */
export const batchMomentsMemory = ({ input }: BatchMomentsSpec, target: Target): SumMemory =>
  chunkMemory(input, rows, 1, target);

/** Parameters: input base, bases of mean and sum of squares, images. x [H·W, C] of each image → mean [C], Σ (x − mean)² [C]. */
export function batchMoments(name: string, { input }: BatchMomentsSpec, target: Target): Kernel {
  const { channels, height, width } = input;
  const pixels = height * width;
  const stride = rows * channels;
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, target);
    const arena = k.memory('arena', 'f32');
    const shared = k.memory(sumsMemory(target), 'f32');
    const scratch =
      target.threads && batchMomentsMemory({ input }, target).scratch ? k.memory('scratch', 'f32') : undefined;
    const base = k.parameter('x');
    const [mean, squares, images] = [k.parameter('mean'), k.parameter('squares'), k.parameter('images')];
    /** The numbers of so many images, in every lane. */
    const numbersOf = (count: Expression): Expression =>
      k.let('count', v.everywhere(unary('convert', mul(count, pixels))));
    const map = { kind: 'map', memory: arena, base, slice: input } as const;
    const chunks = chunksOfMaps(k, images, input);
    const sumChunk = (chunk: Expression): void => {
      const range = imagesOf(k, chunks, chunk, images);
      const to = k.let('to', mul(chunk, stride));
      const row = (number: number) => ({ memory: shared, index: add(to, number * channels) });
      const extent = { channels, pixels };
      sumImages(k, v, { ...extent, operands: [map], expressions: [x] }, range, row(0), scratch);
      const count = numbersOf(sub(range.end, range.first));
      const own = row(1);
      v.each('c', channels, (c, lanes) =>
        v.store(shared, add(own.index, c), fdiv(v.load(shared, add(to, c), lanes), count), lanes),
      );
      const operands = [map, { kind: 'channels', memory: shared, base: own.index } as const];
      sumImages(k, v, { ...extent, operands, expressions: [squared] }, range, row(2), scratch);
    };
    k.for('chunk', 0, chunks.count, sumChunk, { parallel: true });
    k.barrier();
    const total = numbersOf(images);
    v.each(
      'c',
      channels,
      (c, lanes) => {
        const part = { memory: shared, index: c, stride };
        const average = k.let('m', fdiv(addChunks(k, v, chunks, part, lanes), total));
        v.store(arena, add(mean, c), average, lanes);
        const apart = (chunk: Expression): Expression => {
          const first = k.let('first', mul(chunk, chunks.size));
          const count = numbersOf(sub(min(add(first, chunks.size), images), first));
          const at = k.let('at', add(mul(chunk, stride), c));
          const distance = k.let('d', fsub(v.load(shared, add(at, channels), lanes), average));
          return fadd(v.load(shared, add(at, 2 * channels), lanes), fmul(count, fmul(distance, distance)));
        };
        const sum = blockedSum(k, v, { from: 0, to: chunks.count, most: chunks.most }, apart);
        v.store(arena, add(squares, c), sum, lanes);
      },
      true,
    );
  };
  return buildKernel(name, `batch moments ${sliceName(input)}`, write, buildOptions(target));
}

const squared = times(minus(x, channel(1)), minus(x, channel(1)));
