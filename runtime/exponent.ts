// Exponents of numbers, which kernels cannot say in plain JavaScript.

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);
const high = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** ⌊log2 x⌋ for normal x > 0. */
export function exponent(x: number): number {
  float[0] = x;
  return (((words[high] as number) >>> 20) & 0x7ff) - 1023;
}
