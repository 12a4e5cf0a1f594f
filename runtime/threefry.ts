// Threefry2x32 with 20 rounds, a random number generator without state: J. Salmon, M. Moraes, R. Dror and D. Shaw, "Parallel
// random numbers: as easy as 1, 2, 3", 2011. Kernels compute the same, see compiler/kernel/random.ts.

const threefryRotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const threefryParity = 0x1bd11bda;

/** Two random words, each from 0 to 2^32 − 1, of a key and a counter; of all four numbers the lower 32 bits count. */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const keys = [key0, key1, threefryParity ^ key0 ^ key1] as const;
  let x = (counter0 + key0) | 0;
  let y = (counter1 + key1) | 0;
  for (let round = 0; round < 20; round += 1) {
    const by = threefryRotations[round % 8]!;
    x = (x + y) | 0;
    y = ((y << by) | (y >>> (32 - by))) ^ x;
    if (round % 4 < 3) continue;
    const injection = (round + 1) / 4;
    x = (x + keys[injection % 3]!) | 0;
    y = (y + keys[(injection + 1) % 3]! + injection) | 0;
  }
  return [x >>> 0, y >>> 0];
}
