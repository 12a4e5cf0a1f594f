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
  if ('bilinear' in initial) return bilinear(data, ...initial.bilinear);
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

/** Channel c of the inputs goes to channel c of the results: number c % share of its group's. */
function bilinear(data: Float32Array, inputs: number, share: number, height: number, width: number): Float32Array {
  for (let c = 0; c < inputs; c += 1)
    for (let y = 0; y < height; y += 1)
      for (let x = 0; x < width; x += 1)
        data[((c * share + (c % share)) * height + y) * width + x] = nearness(y, height) * nearness(x, width);
  return data;
}

/** From 1 in the middle of the window towards 0 beside it. */
function nearness(at: number, extent: number): number {
  const factor = Math.floor((extent + 1) / 2);
  const middle = extent % 2 === 1 ? factor - 1 : factor - 0.5;
  return 1 - Math.abs(at - middle) / factor;
}
