// A check for networks with several inputs.

/** Throws RangeError unless every input has the same number of images. */
export function sameBatch(batches: readonly number[]): number {
  const batch = batches[0] as number;
  if (batches.some((other) => other !== batch)) {
    throw new RangeError(`the inputs have different numbers of images: ${batches.join(', ')}`);
  }
  return batch;
}
