// What a step is given, made of a labelled data set: the tensors of its images, and what the network is asked for each.

import type { LabelledImages } from '../data/labelled-images.ts';
import { type BatchOptions, type Batches, batchesOf } from './batch.ts';
import { type Target, targetsOf } from './target.ts';

export interface Batch {
  /** [n,C,H,W] */
  readonly images: Float32Array;
  /** [n] classes, or [n, …] for a regression. */
  readonly targets: Float32Array;
}

/** All that a batch depends on besides the images; plain data, for any thread. */
export interface BatchSettings {
  readonly options: BatchOptions;
  readonly target: Target;
}

/** The batch of these images as an epoch sees them, in the buffer of an earlier one where it is given and large enough. */
export type BatchMaker = (indices: Uint32Array, epoch: number, used?: ArrayBuffer) => Batch;

/** Throws `InputError` where the images do not become what the network takes. */
export function openBatches(images: LabelledImages, { options, target }: BatchSettings): BatchMaker {
  return batchMaker(batchesOf(images, options), target);
}

/** The same of batches that are open already. */
export function batchMaker(batches: Batches, target: Target): BatchMaker {
  return (indices, epoch, used) => {
    const length = indices.length * batches.elements;
    const isLarge = used !== undefined && used.byteLength >= 4 * length;
    const images = isLarge ? new Float32Array(used, 0, length) : new Float32Array(length);
    const labels = new Int32Array(indices.length);
    batches.fillTraining(indices, epoch, images, labels);
    const targets =
      batches.maps?.(indices, epoch) ?? targetsOf(target, { indices, labels, images, given: batches.given });
    return { images, targets };
  };
}
