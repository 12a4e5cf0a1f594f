// Gives every buffer its offset in the arena: buffers whose lifetimes do not meet may share memory. Several greedy
// placements are tried (Y. Pisarchyk and J. Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020)
// until one needs no more than what is alive at once.

import type { Lifetime, PlacedBuffers } from './placed-buffers.ts';
import { placedBuffers } from './placed-buffers.ts';

export interface MemoryPlan {
  /** Elements per image, in the order of the lifetimes. */
  readonly offsets: readonly number[];
  readonly length: number;
}

/** The buffers of a program, and what finds those that have a place already. */
interface Buffers {
  readonly lifetimes: readonly Lifetime[];
  readonly placedWith: (offsets: Float64Array) => PlacedBuffers;
}

/** Shuffled placements that are tried when the plain ones leave gaps, and up to how many buffers. */
const shuffles = 200;
const shuffledBuffers = 64;

/** Offsets of buffers so that those whose lifetimes meet have no element in common. Deterministic. */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const bound = largestLiveSet(lifetimes);
  const buffers = { lifetimes, placedWith: placedBuffers(lifetimes) };
  const all = lifetimes.map((_, index) => index);
  const sorted = (key: (own: Lifetime) => number): readonly number[] =>
    all.toSorted((a, b) => key(lifetimes[b]!) - key(lifetimes[a]!) || a - b);
  const orders = [
    sorted(({ length }) => length),
    sorted(({ from }) => -from),
    sorted(({ length, from, to }) => length * (to - from + 1)),
  ];
  let best: MemoryPlan | undefined;
  const consider = (plan: MemoryPlan): boolean => {
    if (!best || plan.length < best.length) best = plan;
    return best.length <= bound;
  };
  for (const order of orders) {
    if (consider(greedy(buffers, order)) || consider(twoEnded(buffers, order, bound))) return best!;
  }
  const random = generator();
  for (let round = 0; round < (lifetimes.length <= shuffledBuffers ? shuffles : 0); round += 1) {
    if (consider(greedy(buffers, shuffled(all, random)))) break;
  }
  return best!;
}

/** Elements per image that are alive at the busiest call: no plan needs less. */
export function largestLiveSet(lifetimes: readonly Lifetime[]): number {
  const changes = lifetimes
    .flatMap(({ length, from, to }) => [
      [from, length],
      [to + 1, -length],
    ])
    .toSorted(([a, x], [b, y]) => a! - b! || x! - y!);
  let alive = 0;
  let most = 0;
  for (const [, length] of changes) {
    alive += length!;
    most = Math.max(most, alive);
  }
  return most;
}

/** Each buffer in turn goes into the smallest gap that holds it, else on top. */
function greedy(buffers: Buffers, order: readonly number[]): MemoryPlan {
  return place(buffers, order, (gaps, length) => {
    const fitting = gaps.filter((gap) => gap.length >= length);
    return fitting.reduce((a, b) => (b.length < a.length ? b : a)).start;
  });
}

/** In a space of `capacity`: alternately at the lowest and at the highest place, as suits chains. */
function twoEnded(buffers: Buffers, order: readonly number[], capacity: number): MemoryPlan {
  const { lifetimes } = buffers;
  const inTime = order.toSorted((a, b) => lifetimes[a]!.from - lifetimes[b]!.from || a - b);
  let high = false;
  return place(buffers, inTime, (gaps, length) => {
    const fitting = gaps.filter((gap) => Math.min(gap.length, capacity - gap.start) >= length);
    const lowest = fitting[0];
    const highest = fitting.at(-1);
    if (!lowest || !highest) return gaps.find((gap) => gap.length >= length)!.start;
    high = !high;
    return high ? lowest.start : Math.min(highest.start + highest.length, capacity) - length;
  });
}

interface Gap {
  readonly start: number;
  /** The last one is endless. */
  readonly length: number;
}

/** Places buffers one after the other, each where `choose` wants it among the gaps between those that are alive with it. */
function place(
  { lifetimes, placedWith }: Buffers,
  order: readonly number[],
  choose: (gaps: readonly Gap[], length: number) => number,
): MemoryPlan {
  const offsets = new Float64Array(lifetimes.length).fill(NaN);
  const placed = placedWith(offsets);
  for (const index of order) {
    const gaps: Gap[] = [];
    let end = 0;
    for (const other of placed.beside(index)) {
      if (offsets[other]! > end) gaps.push({ start: end, length: offsets[other]! - end });
      end = Math.max(end, offsets[other]! + lifetimes[other]!.length);
    }
    gaps.push({ start: end, length: Infinity });
    offsets[index] = choose(gaps, lifetimes[index]!.length);
    placed.add(index);
  }
  const length = lifetimes.reduce((most, own, index) => Math.max(most, offsets[index]! + own.length), 0);
  return { offsets: [...offsets], length };
}

/** Numbers in [0, 1), the same ones every time. */
function generator(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function shuffled(items: readonly number[], random: () => number): readonly number[] {
  const result = [...items];
  for (let at = result.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [result[at], result[other]] = [result[other]!, result[at]!];
  }
  return result;
}
