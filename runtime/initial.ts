// The numbers that a training starts from: each follows from the seed, the place of its tensor and its own place in it.

import type { InitialTensor } from './abi.ts';
import { cos, log } from './elementary.ts';
import { threefry } from './threefry.ts';

/** Tells first weights from all else that is drawn from a seed. */
export const weightsPurpose = 5;

/** Values of parameter number `at`. Uniform numbers come in 2^24 steps, normal ones from Box and Muller's cosine. */
export function drawn(initial: InitialTensor, at: number, length: number, seed: number): Float32Array {
  const data = new Float32Array(length);
  if ('value' in initial) return data.fill(initial.value);
  const [key0, key1] = threefry(seed, weightsPurpose, at, 0);
  /** From 0 to 1 without 1. */
  const share = (word: number): number => (word >>> 8) * 2 ** -24;
  for (let i = 0; i < length; i += 1) {
    if ('bound' in initial) {
      const word = threefry(key0, key1, i >>> 1, 0)[i & 1]!;
      data[i] = -initial.bound + 2 * initial.bound * share(word);
      continue;
    }
    const [first, second] = threefry(key0, key1, i, 0);
    const normal = Math.sqrt(-2 * log(1 - share(first))) * cos(2 * Math.PI * share(second));
    data[i] = initial.deviation * normal;
  }
  return data;
}
