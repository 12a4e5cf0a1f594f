// Random numbers as kernel IR: Threefry2x32 with 20 rounds, whose words follow from a key and a counter alone, so that no order
// of computation changes them. J. Salmon, M. Moraes, R. Dror and D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011.

import type { BlockBuilder } from './builder.ts';
import { rotl, u32, u32Lanes, uadd, uxor } from './builder.ts';
import type { Expression } from './ir.ts';

/** What is added to the two words before the first round, and after every fourth. */
export type ThreefryKey = readonly (readonly [Expression, Expression])[];

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const parity = 0x1bd11bda;
const injections = 5;

/** Prepares a key of two u32 or two u32x4, for any number of counters of that type: outside their loop. */
export function threefryKey(k: BlockBuilder, key0: Expression, key1: Expression): ThreefryKey {
  const constant = key0.type === 'u32x4' ? u32Lanes : u32;
  const [first, second] = [k.let('key', key0), k.let('key', key1)];
  const words = [first, second, k.let('key', uxor(uxor(first, second), constant(parity)))] as const;
  return Array.from({ length: injections + 1 }, (_, at) => {
    const next = words[(at + 1) % 3]!;
    return [words[at % 3]!, at === 0 ? next : k.let('key', uadd(next, constant(at)))];
  });
}

/** Two random words, in each lane of its own where there are lanes. */
export function threefry(
  k: BlockBuilder,
  key: ThreefryKey,
  counter0: Expression,
  counter1: Expression,
): readonly [Expression, Expression] {
  let x = k.let('r', uadd(counter0, key[0]![0]));
  let y = k.let('r', uadd(counter1, key[0]![1]));
  for (let round = 0; round < 4 * injections; round += 1) {
    x = k.let('r', uadd(x, y));
    y = k.let('r', uxor(rotl(y, rotations[round % 8]!), x));
    if (round % 4 < 3) continue;
    const [addend0, addend1] = key[(round + 1) / 4]!;
    x = k.let('r', uadd(x, addend0));
    y = k.let('r', uadd(y, addend1));
  }
  return [x, y];
}
