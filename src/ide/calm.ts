// What is said about a text while somebody types in it: what is mended vanishes at once, and what is new waits for a pause, since half
// a word is not a mistake yet.

import { changedPart, movedBy } from '../edit/changed-part.ts';

/** Where an editor shows mistakes, and in which version of the text. */
export interface Shown {
  readonly text: string;
  /** UTF-16 offsets in `text` at which they begin. */
  readonly starts: readonly number[];
}

/** Whether a mistake is shown already at the place that has an offset in the newer version, be it the same one or another. */
export function shownBefore({ text: before, starts }: Shown, text: string): (start: number) => boolean {
  const known = new Set(starts.map(movedBy(changedPart(before, text))));
  return (start) => known.has(start);
}
