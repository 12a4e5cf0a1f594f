// The guided tour.

import type { Program } from '../program.ts';

/** Opens or closes it. */
export function toggleTour(load: (program: Program) => void): void {
  load({ text: '' });
}
