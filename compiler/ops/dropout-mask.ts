// Which elements dropout keeps while training (Srivastava et al., 2014), without a mask that is stored: bits that follow from a
// counter (Salmon et al., 2011). Kernels compute the same bits, see compiler/templates/dropout.ts.
//
// Element i (in NCHW order: (c · H + h) · W + w) of image n is kept if word >>> 8 ≥ ⌈p · 2^24⌉, where word is the first one of
// Threefry2x32-20 with the key (seed, step xor node · 0x9e3779b9) and the counter (n, i), all modulo 2^32. Nodes up to 2^10 have no
// key in common in steps below 2^20.

import { threefry } from '../../runtime/threefry.ts';

/** Where the bits come from. */
export interface DropoutStream {
  /** The probability p of being dropped. */
  readonly rate: number;
  /** Tells the dropout steps of a network apart. */
  readonly node: number;
  /** One or two whole numbers below 2^16, the upper half of a u32 first. */
  readonly seed: ArrayLike<number>;
  readonly step: ArrayLike<number>;
}

/** Image by image, in NCHW order: 1 where an element is kept, 0 where it is dropped. `first`: number of the first image. */
export function dropoutMask(stream: DropoutStream, images: number, imageSize: number, first = 0): Uint8Array {
  const mask = new Uint8Array(images * imageSize);
  const key0 = wordOf(stream.seed);
  const key1 = wordOf(stream.step) ^ Math.imul(stream.node, 0x9e3779b9);
  const threshold = Math.ceil(stream.rate * 2 ** 24);
  for (let n = 0; n < images; n += 1) {
    for (let i = 0; i < imageSize; i += 1) {
      const [word] = threefry(key0, key1, first + n, i);
      mask[n * imageSize + i] = word >>> 8 >= threshold ? 1 : 0;
    }
  }
  return mask;
}

/** x / (1 − p) where an element is kept, else 0; 1 − p is rounded to f32, with which all targets divide. Data in NCHW order. */
export function inverted(
  stream: DropoutStream,
  x: ArrayLike<number>,
  imageSize: number,
  first = 0,
): Float64Array<ArrayBuffer> {
  const mask = dropoutMask(stream, x.length / imageSize, imageSize, first);
  const share = Math.fround(1 - stream.rate);
  return Float64Array.from(x, (value, at) => (mask[at] === 1 ? value / share : 0));
}

function wordOf(halves: ArrayLike<number>): number {
  return halves.length === 1 ? halves[0]! : halves[0]! * 2 ** 16 + halves[1]!;
}
