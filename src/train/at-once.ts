// How many images a step takes at once: all of them, or micro-batches one after the other, and whether their memory is allowed.

import { batchNorms, onePixelBatchNorm } from '../../compiler/autodiff/training-facts.ts';
import type { Program } from '../../compiler/program/program.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { bytesAt, largestBatch, maxMemory, stepMemory } from '../../compiler/step-memory.ts';
import { InputError } from '../data/input-error.ts';

export interface AtOnceOptions {
  /** Images that a step takes at once, at most; the gradients of a step are then added up. */
  readonly microBatch?: number;
  /** The only layers and blocks that learn; all, unless said. Batch norms among the others see no batch. */
  readonly learns?: readonly string[];
  /** Batch norm may normalise each micro-batch by its own statistics. */
  readonly microBatchNorm?: boolean;
}

/**
 * Images of the largest call, for steps of `largest` images and, at the end of an epoch, `smallest`. Throws `InputError` where a batch
 * norm would see other images than in the whole step, or a single value.
 */
export function imagesAtOnce(
  graph: Graph,
  { largest, smallest }: { readonly largest: number; readonly smallest: number },
  { microBatch = largest, microBatchNorm = false, ...recipe }: AtOnceOptions,
): number {
  const most = Math.min(microBatch, largest);
  const [norm] = batchNorms(graph, recipe);
  if (norm && most < largest && !microBatchNorm)
    throw new InputError(
      `${norm.name} normalises by the statistics of all images of a step, and would see ${most} of ${largest} in a micro-batch; allow that with --micro-batch-norm, or make the batch smaller`,
    );
  const leastOf = (images: number): number => images % most || most;
  checkBatchNorm(onePixelBatchNorm(graph, recipe), most, Math.min(leastOf(largest), leastOf(smallest)));
  return most;
}

/** The variance of one number is zero, whatever it is. */
function checkBatchNorm(name: string | undefined, batch: number, smallest: number): void {
  if (name === undefined || smallest > 1) return;
  const why = batch > 1 ? 'the last batch of an epoch has one image' : 'the batch has one image';
  const how = batch > 1 ? 'write `last: drop` or choose another batch' : 'make it larger';
  throw new InputError(`${name} sees one value per channel, of which it can tell no variance: ${why}; ${how}`);
}

export interface Demand {
  readonly images: number;
  readonly threads?: number | undefined;
  /** Bytes that the memory of a step may have. */
  readonly memory?: number | undefined;
  /** The step in micro-batches, to ask whether that would fit; absent where it is one already, or may not be. */
  readonly inParts?: (() => Program) | undefined;
}

/** Throws `InputError` where a step of so many images takes more memory than is allowed or than WebAssembly has. */
export function checkMemory(name: string, program: Program, { images, threads = 1, memory, inParts }: Demand): void {
  const need = stepMemory(program, threads);
  const most = program.target.name === 'wasm' ? maxMemory : Infinity;
  const limit = Math.min(memory ?? Infinity, most);
  if (bytesAt(need, images) <= limit) return;
  const fitting = largestBatch(need, limit);
  const inMicroBatches = inParts ? largestBatch(stepMemory(inParts(), threads), limit) : 0;
  const allowed =
    limit === memory ? `the ${sizeText(limit)} of --memory` : `the ${sizeText(limit)} of a WebAssembly memory`;
  const way =
    fitting > 0 ? `the largest that fits is ${fitting}` : `one image alone takes ${sizeText(bytesAt(need, 1))}`;
  const parts =
    inMicroBatches > 0 ? `, and --micro-batch ${inMicroBatches} takes ${images} in parts, with the same result` : '';
  throw new InputError(
    `${name} with ${images === 1 ? 'one image' : `${images} images`} at once takes ${sizeText(bytesAt(need, images))}, more than ${allowed}; ${way}${parts}`,
    { limit: true },
  );
}

/** Three digits: `6.61 GiB`, `12.5 MiB`. */
export function sizeText(bytes: number): string {
  const [unit, name] = bytes < 2 ** 20 ? [2 ** 10, 'KiB'] : bytes < 2 ** 30 ? [2 ** 20, 'MiB'] : [2 ** 30, 'GiB'];
  return `${Number((bytes / unit).toPrecision(3))} ${name}`;
}
