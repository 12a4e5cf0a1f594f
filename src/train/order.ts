// In which order a training sees its images: which are kept for validation, and which make up each batch. All of it follows from
// the seed, so that a training resumed at an epoch and a step sees what it would have seen.

import { InputError } from '../data/input-error.ts';
import { permutation } from '../data/permutation.ts';

export interface OrderOptions {
  /** What becomes of the images that do not fill the last batch of an epoch: kept as a smaller batch unless said. */
  readonly last?: 'keep' | 'drop';
}

/** Where a training stands: both count from 0, steps within the epoch. */
export interface Position {
  readonly epoch: number;
  readonly step: number;
}

/** Batches in an epoch. Throws `InputError` where there are none. */
export function stepsPerEpoch(count: number, batch: number, { last = 'keep' }: OrderOptions = {}): number {
  const steps = last === 'keep' ? Math.ceil(count / batch) : Math.floor(count / batch);
  if (steps > 0) return steps;
  throw new InputError(
    count === 0
      ? 'there are no images to train on'
      : `${count} images do not fill a batch of ${batch}; make it smaller`,
  );
}

/** The batches of an epoch, in their order: indices of images, each image once. Throws `InputError` where there are none. */
export function batches(
  count: number,
  batch: number,
  seed: number,
  epoch: number,
  options: OrderOptions = {},
): readonly Uint32Array[] {
  const order = permutation(count, seed, epoch);
  return Array.from({ length: stepsPerEpoch(count, batch, options) }, (_, step) =>
    order.subarray(step * batch, Math.min(count, (step + 1) * batch)),
  );
}

/**
 * The indices of the images of any position, for a training that asks epoch after epoch: the orders of two epochs are remembered,
 * because batches of the next one are prepared before the last steps of this one.
 */
export function batchOrder(
  count: number,
  batch: number,
  seed: number,
  options: OrderOptions = {},
): (position: Position) => Uint32Array {
  let known: readonly { readonly epoch: number; readonly batches: readonly Uint32Array[] }[] = [];
  return ({ epoch, step }) => {
    let order = known.find((one) => one.epoch === epoch);
    if (!order) {
      order = { epoch, batches: batches(count, batch, seed, epoch, options) };
      known = [...known.slice(-1), order];
    }
    const found = order.batches[step];
    if (!found) throw new RangeError(`epoch ${epoch} has no step ${step}; it has ${order.batches.length}`);
    return found;
  };
}

/** Where a training stands after `steps` steps in all. */
export function positionAfter(steps: number, perEpoch: number): Position {
  return { epoch: Math.floor(steps / perEpoch), step: steps % perEpoch };
}

export interface Split {
  /** Indices in ascending order. */
  readonly training: Uint32Array;
  readonly validation: Uint32Array;
}

/** `validation` of `count` images drawn by the seed, and the others. Throws `InputError` unless some are left to train on. */
export function splitValidation(count: number, validation: number, seed: number): Split {
  if (!(Number.isInteger(validation) && validation >= 0 && validation < count))
    throw new InputError(`${validation} of ${count} images cannot be kept for validation, expected 0 to ${count - 1}`);
  const order = permutation(count, seed, 0, 'split');
  return { validation: order.slice(0, validation).toSorted(), training: order.slice(validation).toSorted() };
}
