// Powers of two and exponents: the only arithmetic that kernels cannot say in plain JavaScript.

const powers = new Float64Array(2047);
for (let k = -1022, power = 2.2250738585072014e-308; k <= 1023; k++, power *= 2) powers[k + 1023] = power;
const float = new Float64Array(1);
const words = new Int32Array(float.buffer);
const high = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** 2^k for −1022 ≤ k ≤ 1023; 0 for −1023. */
export function pow2(k: number): number {
  return powers[k + 1023] as number;
}

/** ⌊log2 x⌋ for normal x > 0. */
export function exponent(x: number): number {
  float[0] = x;
  return (((words[high] as number) >>> 20) & 0x7ff) - 1023;
}
