// The order of n things as a function of a seed and an epoch: the shuffle of Fisher and Yates (Durstenfeld 1964).

import { type Purpose, type RandomStream, streamFor } from './random.ts';

/** The numbers 0 … n − 1, each order equally likely; `seed` and `epoch` from 0 to 2^32 − 1. A million take some 60 ms. */
export function permutation(n: number, seed: number, epoch: number, purpose: Purpose = 'order'): Uint32Array {
  const items = new Uint32Array(n);
  for (let i = 0; i < n; i++) items[i] = i;
  return shuffle(items, streamFor(purpose, seed, epoch, 0));
}

/** In place, from the last place to the first. */
function shuffle(items: Uint32Array, stream: RandomStream): Uint32Array {
  for (let last = items.length - 1; last > 0; last--) {
    const other = stream.below(last + 1);
    const item = items[last]!;
    items[last] = items[other]!;
    items[other] = item;
  }
  return items;
}
