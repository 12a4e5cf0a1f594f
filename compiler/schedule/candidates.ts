// The states that a beam search may go on to, each set of groups once, and the best of them. There are tens of thousands at a step,
// so that they are numbers in arrays: an object for each would cost several times as much.

/** A set of groups that have run: those of state `from`, and one more. */
export interface Candidate {
  readonly from: number;
  readonly group: number;
  /** Tells sets apart. */
  readonly hash: number;
  readonly alive: number;
  readonly peak: number;
}

export interface Candidates {
  clear(): void;
  /** Adds one; of a set that is there already the lower peak is kept. */
  add(from: number, group: number, hash: number, alive: number, peak: number): void;
  /** The `width` of the lowest peaks, then of the least that is alive, then of those whose sets were added first; in that order. */
  best(width: number): readonly Candidate[];
}

/** Room for `most` candidates at once. */
export function candidatesOf(most: number): Candidates {
  const from = new Int32Array(most);
  const groups = new Int32Array(most);
  const hashes = new Float64Array(most);
  const alives = new Float64Array(most);
  const peaks = new Float64Array(most);
  // Open addressing; a slot counts if its round is the present one.
  const mask = 2 ** Math.ceil(Math.log2(2 * most + 1)) - 1;
  const slots = new Int32Array(mask + 1);
  const rounds = new Int32Array(mask + 1);
  let round = 0;
  let length = 0;

  const isBefore = (a: number, b: number): boolean =>
    peaks[a]! !== peaks[b]! ? peaks[a]! < peaks[b]! : alives[a]! !== alives[b]! ? alives[a]! < alives[b]! : a < b;

  /** Moves the first of a heap whose last is at its top down to its place. */
  function sink(heap: Int32Array, size: number): void {
    const moved = heap[0]!;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && isBefore(heap[child]!, heap[child + 1]!)) child += 1;
      if (!isBefore(moved, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
  }

  return {
    clear() {
      round += 1;
      length = 0;
    },
    add(state, group, hash, alive, peak) {
      let slot = Math.imul(hash | 0, 0x9e3779b1) & mask;
      while (rounds[slot] === round && hashes[slots[slot]!] !== hash) slot = (slot + 1) & mask;
      let at = slots[slot]!;
      if (rounds[slot] !== round) {
        at = length++;
        rounds[slot] = round;
        slots[slot] = at;
        hashes[at] = hash;
        alives[at] = alive;
      } else if (peak >= peaks[at]!) return;
      from[at] = state;
      groups[at] = group;
      peaks[at] = peak;
    },
    best(width) {
      const kept = Int32Array.from({ length: Math.min(width, length) }, (_, at) => at);
      kept.sort((a, b) => (isBefore(a, b) ? 1 : -1));
      for (let at = kept.length; at < length; at += 1) {
        if (!isBefore(at, kept[0]!)) continue;
        kept[0] = at;
        sink(kept, kept.length);
      }
      kept.sort((a, b) => (isBefore(a, b) ? -1 : 1));
      return Array.from(kept, (at) => ({
        ...{ from: from[at]!, group: groups[at]!, hash: hashes[at]! },
        ...{ alive: alives[at]!, peak: peaks[at]! },
      }));
    },
  };
}
