// Where two versions of a text differ.

/** The part of the older text that was replaced, and by what. */
export interface ChangedPart {
  /** UTF-16 offsets of the older text, half-open. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** From the first difference to the last. */
export function changedPart(before: string, after: string): ChangedPart {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let same = 0;
  while (same < shorter - start && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  return { start, end: before.length - same, text: after.slice(start, after.length - same) };
}

/** From an offset of the older text to the same place in the newer one; what was replaced has moved to its beginning. */
export function movedBy({ start, end, text }: ChangedPart): (offset: number) => number {
  const shift = text.length - (end - start);
  return (offset) => (offset <= start ? offset : offset < end ? start : offset + shift);
}
