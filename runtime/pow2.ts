// Powers of two, which kernels cannot say in plain JavaScript.

const powers = new Float64Array(2047);
for (let k = -1022, power = 2.2250738585072014e-308; k <= 1023; k++, power *= 2) powers[k + 1023] = power;

/** 2^k for −1022 ≤ k ≤ 1023; 0 for −1023. */
export function pow2(k: number): number {
  return powers[k + 1023] as number;
}
