// How many ranks the lines of a drawing cross: the time of its layout grows with them, and with the boxes.

import type { Item } from './drawing.ts';

/** Boxes read those before them; a rank is one more than the largest that is read. What is read and not among them stands at the top. */
export function crossedRanks(boxes: readonly Pick<Item, 'id' | 'reads'>[]): number {
  const ranks = new Map<string, number>();
  let crossed = 0;
  for (const { id, reads } of boxes) {
    const above = reads.map((name) => ranks.get(name) ?? 0);
    const rank = above.reduce((most, one) => Math.max(most, one + 1), 0);
    ranks.set(id, rank);
    for (const one of above) crossed += rank - one;
  }
  return crossed;
}
