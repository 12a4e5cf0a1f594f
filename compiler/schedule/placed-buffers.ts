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

/** Pairs of buffers that are alive together which lists may hold. */
const mostPairs = 2 ** 22;

/**
 * For each plan, which fills `offsets`, what finds its placed buffers. Where few buffers are alive together, lists say which: O(pairs) in time
 * and memory for a plan. Else all placed ones are looked at, O(n²) in time and O(n) in memory, which is faster for many pairs.
 */
export function placedBuffers(lifetimes: readonly Lifetime[]): (offsets: Float64Array) => PlacedBuffers {
  const meetings = meetingsOf(lifetimes, Math.min(mostPairs, lifetimes.length ** 2 / 64));
  if (!meetings) {
    const froms = Int32Array.from(lifetimes, ({ from }) => from);
    const tos = Int32Array.from(lifetimes, ({ to }) => to);
    return (offsets) => sortedList(froms, tos, offsets);
  }
  return (offsets) => ({
    beside: (index) =>
      meetings[index]!.filter((other) => !Number.isNaN(offsets[other])).toSorted((a, b) => offsets[a]! - offsets[b]!),
    add: () => {},
  });
}

function sortedList(froms: Int32Array, tos: Int32Array, offsets: Float64Array): PlacedBuffers {
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

/** For each buffer the others that are alive at some call it is alive at; undefined where there are more than `most` pairs of them. */
function meetingsOf(lifetimes: readonly Lifetime[], most: number): readonly (readonly number[])[] | undefined {
  const meetings: number[][] = lifetimes.map(() => []);
  const starts = lifetimes.map((_, index) => index).toSorted((a, b) => lifetimes[a]!.from - lifetimes[b]!.from);
  let alive: number[] = [];
  let pairs = 0;
  for (const index of starts) {
    alive = alive.filter((other) => lifetimes[other]!.to >= lifetimes[index]!.from);
    pairs += alive.length;
    if (pairs > most) return undefined;
    for (const other of alive) {
      meetings[index]!.push(other);
      meetings[other]!.push(index);
    }
    alive.push(index);
  }
  return meetings;
}
