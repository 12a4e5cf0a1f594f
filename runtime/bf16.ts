// bf16: the upper half of an f32.

const wide = new Float32Array(1);
const wideBits = new Uint32Array(wide.buffer);

/** Rounded to nearest even; NaN stays one. */
export function bf16(value: number): number {
  wide[0] = value;
  const bits = wideBits[0] as number;
  return Number.isNaN(value) ? 0x7fc0 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
