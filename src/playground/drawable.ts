// Whether a drawing can be laid out in a moment: the layout's time grows with the boxes, and with the ranks that lines cross.

import type { Drawing, Item } from '../report/svg/drawing.ts';
import { layOut } from '../report/svg/layout.ts';

/** Boxes, and ranks that all lines cross together. DenseNet-121, the largest example, has 307 and 480. */
const [maxItems, maxCrossed] = [600, 3000];

/** The drawing; undefined where there are too many steps, or too many lines past others. */
export function drawn(items: readonly Item[]): Drawing | undefined {
  return items.length <= maxItems && crossedRanks(items) <= maxCrossed ? layOut(items) : undefined;
}

/** Items read those before them; a rank is one more than the largest that is read. */
export function crossedRanks(items: readonly Item[]): number {
  const ranks = new Map<string, number>();
  let crossed = 0;
  for (const { id, reads } of items) {
    const above = reads.map((name) => ranks.get(name) ?? 0);
    const rank = Math.max(0, ...above.map((one) => one + 1));
    ranks.set(id, rank);
    for (const one of above) crossed += rank - one;
  }
  return crossed;
}
