// Random numbers that are a function of what they are for: a stream belongs to a seed, a purpose and two more numbers, such as
// an epoch and an image, so that what one image draws depends on neither threads nor the order of images.

import { weightsPurpose } from '../../runtime/initial.ts';
import { threefry } from '../../runtime/threefry.ts';
import { cos, log } from '../../runtime/elementary.ts';

/** Streams of different purposes have nothing in common, whatever the seed. */
const purposes = { order: 1, split: 2, augment: 3, digits: 4, weights: weightsPurpose, dropout: 6 } as const;

export type Purpose = keyof typeof purposes;

/** The stream of a purpose; `seed`, `a` and `b` are whole numbers from 0 to 2^32 − 1. Throws `RangeError` for others. */
export function streamFor(purpose: Purpose, seed: number, a: number, b: number): RandomStream {
  for (const number of [seed, a, b]) {
    if (number >>> 0 !== number) throw new RangeError(`${number} is not a whole number from 0 to 2^32 − 1`);
  }
  const [key0, key1] = threefry(seed, purposes[purpose], a, b);
  return new RandomStream(key0, key1);
}

/** Numbers one after the other. Each call but `normal` and `below` takes one word. */
export class RandomStream {
  readonly #key0: number;
  readonly #key1: number;
  #block = 0;
  #spare = -1;

  constructor(key0: number, key1: number) {
    this.#key0 = key0;
    this.#key1 = key1;
  }

  /** 32 random bits, as a number from 0 to 2^32 − 1. */
  word(): number {
    const spare = this.#spare;
    if (spare >= 0) {
      this.#spare = -1;
      return spare;
    }
    const [first, second] = threefry(this.#key0, this.#key1, this.#block++, 0);
    this.#spare = second;
    return first;
  }

  /** From 0 to 1 without 1, in steps of 2^−24, which f32 holds exactly. */
  uniform(): number {
    return (this.word() >>> 8) * 2 ** -24;
  }

  /** From `low` to `high`, in 2^24 equal steps. */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** True with the given probability, to 2^−24. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** A whole number from 0 to n − 1, all equally likely; 1 ≤ n ≤ 2^32. Words above the last multiple of n are thrown away. */
  below(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % n;
  }

  /** Mean 0, variance 1, at most 5.8 in size (Box and Muller 1958, the cosine of each pair); takes two words. */
  normal(): number {
    const radius = Math.sqrt(-2 * log(1 - this.uniform()));
    return radius * cos(2 * Math.PI * this.uniform());
  }
}
