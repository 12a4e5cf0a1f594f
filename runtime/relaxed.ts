// A binary for hosts with relaxed SIMD becomes one for those without: every fused multiply–add was written so that a product
// and a sum take its place.

const unused = [0x01, 0x01, 0x01]; // nop nop nop, behind the factors
const fused = [0xfd, 0x85, 0x02]; // f32x4.relaxed_madd, behind the addend
const product = [0xfd, 0xe6, 0x01]; // f32x4.mul
const sum = [0xfd, 0xe4, 0x01]; // f32x4.add

/** Rewrites the bytes in place; returns how many products and sums there are now. */
export function withoutRelaxed(bytes: Uint8Array, from: number, to: number): readonly [number, number] {
  const replace = (pattern: readonly number[], by: readonly number[]): number => {
    let count = 0;
    for (let at = from; at < to - 2; at++) {
      if (bytes[at] !== pattern[0] || bytes[at + 1] !== pattern[1] || bytes[at + 2] !== pattern[2]) continue;
      // What stands before a `nop` may end with the same byte: the last three are meant.
      if (pattern === unused && bytes[at + 3] === 0x01) continue;
      bytes.set(by, at);
      at += 2;
      count++;
    }
    return count;
  };
  return [replace(unused, product), replace(fused, sum)];
}
