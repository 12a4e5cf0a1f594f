// The elements of slices of buffers, for the verifier.

import type { SliceRef } from './program.ts';

/** The elements of one image, run by run. */
export function forEachRun(ref: SliceRef, visit: (start: number, end: number) => void): void {
  const { within, channels, pixels, pixelStride, rows } = ref;
  if (rows) {
    for (let row = 0; row < rows.count; row += 1) {
      forEachRun({ ...ref, within: within + row * rows.stride, rows: undefined }, visit);
    }
    return;
  }
  if (channels === pixelStride) return visit(within, within + pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const start = within + pixel * pixelStride;
    visit(start, start + channels);
  }
}

/** Who wrote what a slice holds, from who wrote each element of each buffer. */
export function writersOf(writers: readonly Int32Array[], ref: SliceRef): ReadonlySet<number> {
  const found = new Set<number>();
  const all = writers[ref.buffer]!;
  let previous = NaN;
  forEachRun(ref, (start, end) => {
    for (let at = start; at < end; at += 1) {
      if (all[at] !== previous) found.add((previous = all[at]!));
    }
  });
  return found;
}

/** Whether two slices are the same elements. */
export const sameSlice = (a: SliceRef, b: SliceRef): boolean =>
  a.buffer === b.buffer &&
  a.within === b.within &&
  a.channels === b.channels &&
  a.pixels === b.pixels &&
  a.pixelStride === b.pixelStride &&
  a.rows?.count === b.rows?.count &&
  a.rows?.stride === b.rows?.stride;
