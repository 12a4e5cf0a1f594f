// binary16 of IEEE 754: 1 bit of sign, 5 of exponent, 10 of fraction.

const wide = new Float32Array(1);
const wideBits = new Uint32Array(wide.buffer);

/** The bits of an f32 in binary16, rounded to nearest even; infinite from 65520. */
export function half(value: number): number {
  wide[0] = value;
  const bits = wideBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(wide[0]);
  if (Number.isNaN(magnitude)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  // Below 2^-14 the spacing stays 2^-24.
  const exponent = Math.max(((bits >>> 23) & 255) - 127, -14);
  // Adding and taking away 2^52 rounds to a whole number; a fraction that becomes 2048 carries into the exponent.
  const fraction = magnitude * 2 ** (10 - exponent) + 2 ** 52 - 2 ** 52;
  return sign | (((exponent + 14) << 10) + fraction);
}
