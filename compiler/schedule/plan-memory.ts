// Gives every buffer its offset in the arena: buffers whose lifetimes do not meet may share memory. Several greedy
// placements are tried (Y. Pisarchyk and J. Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020)
// until one needs no more than what is alive at once.

import { placedBuffers } from './placed-buffers.ts';
import type { Lifetime } from './placed-buffers.ts';

export interface MemoryPlan {
  /** Elements per image, in the order of the lifetimes. */
  readonly offsets: readonly number[];
  readonly length: number;
}

/** Up to how many buffers are placed in other orders than that of their first calls, which takes O(n²). */
const mostReordered = 4096;

/** Shuffled placements that are tried when the plain ones leave gaps, and up to how many buffers. */
const shuffles = 200;
const shuffledBuffers = 64;

/** Offsets of buffers so that those whose lifetimes meet have no element in common. Deterministic. */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const bound = largestLiveSet(lifetimes);
  let best: MemoryPlan | undefined;
  for (const plan of plansOf(lifetimes, bound)) {
    if (!best || plan.length < best.length) best = plan;
    if (best.length <= bound) break;
  }
  return best!;
}

/** Plans in the order in which they are tried; the first that needs no more than `bound` will do. */
function* plansOf(lifetimes: readonly Lifetime[], bound: number): Generator<MemoryPlan> {
  const all = lifetimes.map((_, index) => index);
  const largestFirst = (size: (own: Lifetime) => number): readonly number[] =>
    all.toSorted((a, b) => size(lifetimes[b]!) - size(lifetimes[a]!) || a - b);
  const byLength = largestFirst(({ length }) => length);
  const byArea = largestFirst(({ length, from, to }) => length * (to - from + 1));
  const few = lifetimes.length <= mostReordered;
  if (few) yield place(lifetimes, byLength);
  yield placeInTime(lifetimes, twoEnded(bound));
  yield placeInTime(lifetimes, smallestFit);
  if (few) yield place(lifetimes, byArea);
  if (lifetimes.length > shuffledBuffers) return;
  const random = generator();
  for (let round = 0; round < shuffles; round += 1) yield place(lifetimes, shuffled(all, random));
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

interface Gap {
  readonly start: number;
  /** The last one is endless. */
  readonly length: number;
}

/** Where a buffer of so many elements goes among the gaps between those that are alive with it, from the lowest up. */
type Choice = (gaps: readonly Gap[], length: number) => number;

/** Into the smallest gap that holds it, else on top. */
const smallestFit: Choice = (gaps, length) =>
  gaps.reduce((best, gap) => (best.length < length || (gap.length >= length && gap.length < best.length) ? gap : best))
    .start;

/** In a space of `capacity`: alternately at the lowest and at the highest place, as suits chains. */
function twoEnded(capacity: number): Choice {
  let high = false;
  return (gaps, length) => {
    const fitting = gaps.filter((gap) => Math.min(gap.length, capacity - gap.start) >= length);
    const lowest = fitting[0];
    const highest = fitting.at(-1);
    if (!lowest || !highest) return gaps.find((gap) => gap.length >= length)!.start;
    high = !high;
    return high ? lowest.start : Math.min(highest.start + highest.length, capacity) - length;
  };
}

/** Places buffers one after the other, each into the smallest gap that holds it. */
function place(lifetimes: readonly Lifetime[], order: readonly number[]): MemoryPlan {
  const offsets = new Float64Array(lifetimes.length);
  const placed = placedBuffers(lifetimes, offsets);
  for (const index of order) {
    const gaps: Gap[] = [];
    let end = 0;
    for (const other of placed.beside(index)) {
      if (offsets[other]! > end) gaps.push({ start: end, length: offsets[other]! - end });
      end = Math.max(end, offsets[other]! + lifetimes[other]!.length);
    }
    gaps.push({ start: end, length: Infinity });
    offsets[index] = smallestFit(gaps, lifetimes[index]!.length);
    placed.add(index);
  }
  return planOf(lifetimes, offsets);
}

/** Places buffers in the order of their first calls, so that the gaps are those between what is alive by then. O(n · gaps) in time. */
function placeInTime(lifetimes: readonly Lifetime[], choose: Choice): MemoryPlan {
  const offsets = new Float64Array(lifetimes.length);
  const by = (key: 'from' | 'to'): readonly number[] =>
    lifetimes.map((_, index) => index).toSorted((a, b) => lifetimes[a]![key] - lifetimes[b]![key] || a - b);
  const ends = by('to');
  const gaps: Gap[] = [{ start: 0, length: Infinity }];
  let ended = 0;
  for (const index of by('from')) {
    const { from, length } = lifetimes[index]!;
    for (; lifetimes[ends[ended]!]!.to < from; ended += 1)
      release(gaps, offsets[ends[ended]!]!, lifetimes[ends[ended]!]!.length);
    offsets[index] = choose(gaps, length);
    occupy(gaps, offsets[index]!, length);
  }
  return planOf(lifetimes, offsets);
}

/** Takes elements out of the gap that they lie in. */
function occupy(gaps: Gap[], start: number, length: number): void {
  const at = gaps.findLastIndex((gap) => gap.start <= start);
  const gap = gaps[at]!;
  const before = start - gap.start;
  const rest = [
    { start: gap.start, length: before },
    { start: start + length, length: gap.length - before - length },
  ];
  gaps.splice(at, 1, ...rest.filter((one) => one.length > 0));
}

/** Makes a gap of elements, one with those that it touches. */
function release(gaps: Gap[], start: number, length: number): void {
  const at = gaps.findIndex((gap) => gap.start > start);
  gaps.splice(at, 0, { start, length });
  for (const first of [at, at - 1]) {
    const [gap, next] = [gaps[first], gaps[first + 1]!];
    if (gap && gap.start + gap.length === next.start)
      gaps.splice(first, 2, { start: gap.start, length: gap.length + next.length });
  }
}

const planOf = (lifetimes: readonly Lifetime[], offsets: Float64Array): MemoryPlan => ({
  offsets: [...offsets],
  length: lifetimes.reduce((most, { length }, index) => Math.max(most, offsets[index]! + length), 0),
});

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
