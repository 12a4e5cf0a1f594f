// Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3"): random words as a function
// of a key and a counter, so that number n of a stream needs none of those before it. Integers only, the same on every engine.

/** Two words, 0 … 2^32 − 1, for two words of key and two of counter; any int32 or uint32 is taken as its 32 bits. */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): readonly [number, number] {
  const key2 = key0 ^ key1 ^ 0x1bd11bda;
  let x = (counter0 + key0) | 0;
  let y = (counter1 + key1) | 0;
  for (let group = 0; group < 5; group++) {
    const even = group % 2 === 0;
    x = (x + y) | 0;
    y = x ^ (even ? (y << 13) | (y >>> 19) : (y << 17) | (y >>> 15));
    x = (x + y) | 0;
    y = x ^ (even ? (y << 15) | (y >>> 17) : (y << 29) | (y >>> 3));
    x = (x + y) | 0;
    y = x ^ (even ? (y << 26) | (y >>> 6) : (y << 16) | (y >>> 16));
    x = (x + y) | 0;
    y = x ^ (even ? (y << 6) | (y >>> 26) : (y << 24) | (y >>> 8));
    // Subkeys (1, 2), (2, 0), (0, 1), (1, 2), (2, 0) and the number of the group.
    const at = group % 3;
    x = (x + (at === 0 ? key1 : at === 1 ? key2 : key0)) | 0;
    y = (y + (at === 0 ? key2 : at === 1 ? key0 : key1) + group + 1) | 0;
  }
  return [x >>> 0, y >>> 0];
}
