// Which of the buffers that have a place are alive together with another one, in the order of their offsets.

export interface Lifetime {
  /** Elements per image. */
  readonly length: number;
  /** Indices of the first and last call that touch it. */
  readonly from: number;
  readonly to: number;
}

/** Buffers that have a place; none at first. */
export interface PlacedBuffers {
  /** Those whose lifetimes meet that of the buffer `index`, from the lowest offset up. */
  beside(index: number): Iterable<number>;
  /** The buffer `index` got its offset. */
  add(index: number): void;
}

/** None has a place yet. A look at all placed ones for each: O(n²) in time and O(n) in memory for a plan, which fills `offsets`. */
export function placedBuffers(lifetimes: readonly Lifetime[], offsets: Float64Array): PlacedBuffers {
  const froms = Int32Array.from(lifetimes, ({ from }) => from);
  const tos = Int32Array.from(lifetimes, ({ to }) => to);
  const placed = new Int32Array(offsets.length);
  const found = new Int32Array(offsets.length);
  let count = 0;
  return {
    beside(index) {
      const [from, to] = [froms[index]!, tos[index]!];
      let length = 0;
      for (let at = 0; at < count; at += 1) {
        const other = placed[at]!;
        if (froms[other]! <= to && from <= tos[other]!) found[length++] = other;
      }
      return found.subarray(0, length);
    },
    add(index) {
      let at = count;
      while (at > 0 && offsets[placed[at - 1]!]! > offsets[index]!) at -= 1;
      placed.copyWithin(at + 1, at, count);
      placed[at] = index;
      count += 1;
    },
  };
}
