// The limit of a batch whose arrays are JavaScript's own.

import { described } from './values.ts';

/** `maxBatch` if it is a whole number from 1 that keeps the memory below 2^31 elements. */
export function checkedBatch(maxBatch: number, elementsPerImage: number): number {
  if (!Number.isInteger(maxBatch) || maxBatch < 1 || maxBatch * elementsPerImage >= 2 ** 31) {
    const most = Math.max(1, Math.floor((2 ** 31 - 1) / Math.max(1, elementsPerImage)));
    const found = typeof maxBatch === 'number' ? maxBatch : described(maxBatch);
    throw new RangeError(`maxBatch is ${found}; expected a whole number from 1 to ${most}`);
  }
  return maxBatch;
}
