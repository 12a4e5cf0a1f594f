// The inputs of a network that has several.

import type { TensorSpec } from './abi.ts';
import { batchOf } from './tensors.ts';
import { described } from './values.ts';

/** The number of images of every input that has the batch axis; `x` has them by name. Throws TypeError or RangeError. */
export function sameBatch(x: unknown, specs: readonly TensorSpec[]): number {
  if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) {
    const names = specs.slice(0, 8).map(({ name }) => name);
    throw new TypeError(
      `the network has ${specs.length} inputs: run takes an object with a Float32Array for each of ${names.join(', ')}${specs.length > names.length ? ', ...' : ''}; found ${described(x)}`,
    );
  }
  const batches = specs.map((spec) => batchOf((x as Readonly<Record<string, unknown>>)[spec.name], spec));
  const images = batches.filter((_, index) => !specs[index]?.once);
  const batch = images[0] ?? 1;
  if (images.some((other) => other !== batch)) {
    throw new RangeError(`the inputs have different numbers of images: ${images.slice(0, 40).join(', ')}`);
  }
  return batch;
}
