// Gives every buffer its offset in the arena: buffers whose lifetimes do not meet may share memory. Greedy by size,
// lowest gap first (Y. Pisarchyk and J. Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020).

export interface Lifetime {
  /** Elements per image. */
  readonly length: number;
  /** Indices of the first and last call that touch it. */
  readonly from: number;
  readonly to: number;
}

export interface MemoryPlan {
  /** Elements per image, in the order of the lifetimes. */
  readonly offsets: readonly number[];
  readonly length: number;
}

export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const offsets: number[] = lifetimes.map(() => 0);
  /** Per call: the placed buffers that are alive then. */
  const alive = new Map<number, number[]>();
  const callsOf = ({ from, to }: Lifetime): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);
  const bySize = lifetimes
    .map((_, index) => index)
    .toSorted((a, b) => lifetimes[b]!.length - lifetimes[a]!.length || a - b);
  for (const index of bySize) {
    const own = lifetimes[index]!;
    const calls = callsOf(own);
    const neighbours = [...new Set(calls.flatMap((call) => alive.get(call) ?? []))].toSorted(
      (a, b) => offsets[a]! - offsets[b]!,
    );
    let best: { offset: number; gap: number } | undefined;
    let end = 0;
    for (const other of neighbours) {
      const gap = offsets[other]! - end;
      if (gap >= own.length && (!best || gap < best.gap)) best = { offset: end, gap };
      end = Math.max(end, offsets[other]! + lifetimes[other]!.length);
    }
    offsets[index] = best?.offset ?? end;
    for (const call of calls) {
      const known = alive.get(call);
      if (known) known.push(index);
      else alive.set(call, [index]);
    }
  }
  const length = lifetimes.reduce((most, own, index) => Math.max(most, offsets[index]! + own.length), 0);
  return { offsets, length };
}
