// What operations on vectors of sixteen bytes compute.

import type { Interleaving } from './ir.ts';

/** addend[j] + Σ codes[4j + i] · weights[4j + i], modulo 2^32; of the bytes, only the weights have signs. */
export function dotBytes(weights: Uint8Array, codes: Uint8Array, addend: Uint32Array): Uint32Array {
  const signed = new Int8Array(weights.buffer, weights.byteOffset, 16);
  return addend.map((sum, lane) =>
    [0, 1, 2, 3].reduce((total, at) => (total + codes[4 * lane + at]! * signed[4 * lane + at]!) >>> 0, sum),
  );
}

/** The lowest byte of each lane, vector after vector. */
export const narrowBytes = (parts: readonly Uint32Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** Which bytes of two vectors, 0 to 31, are interleaved. */
export function interleavedLanes(of: Interleaving): readonly number[] {
  const size = of.endsWith('pairs') ? 2 : 1;
  const first = of.startsWith('high') ? 8 : 0;
  return Array.from({ length: 16 }, (_, at) => {
    const unit = Math.floor(at / size);
    return 16 * (unit % 2) + first + Math.floor(unit / 2) * size + (at % size);
  });
}

export function interleaveBytes(of: Interleaving, pair: readonly Uint8Array[]): Uint8Array {
  const all = pair.flatMap((one) => [...one]);
  return Uint8Array.from(interleavedLanes(of), (lane) => all[lane]!);
}
