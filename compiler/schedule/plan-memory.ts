// Gives every buffer its offset in the arena: buffers whose lifetimes do not meet may share memory. Several greedy
// placements are tried (Y. Pisarchyk and J. Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020)
// until one needs no more than what is alive at once.

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

/** Shuffled placements that are tried when the plain ones leave gaps, and up to how many buffers. */
const shuffles = 200;
const shuffledBuffers = 64;

/** Offsets of buffers so that those whose lifetimes meet have no element in common. Deterministic. */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const bound = largestLiveSet(lifetimes);
  const meetings = neighboursOf(lifetimes);
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
    if (consider(greedy(lifetimes, meetings, order)) || consider(twoEnded(lifetimes, meetings, order, bound)))
      return best!;
  }
  const random = generator();
  for (let round = 0; round < (lifetimes.length <= shuffledBuffers ? shuffles : 0); round += 1) {
    if (consider(greedy(lifetimes, meetings, shuffled(all, random)))) break;
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

/** For each buffer the others that are alive at some call it is alive at. */
function neighboursOf(lifetimes: readonly Lifetime[]): readonly (readonly number[])[] {
  const meetings: number[][] = lifetimes.map(() => []);
  const starts = lifetimes.map((_, index) => index).toSorted((a, b) => lifetimes[a]!.from - lifetimes[b]!.from);
  let alive: number[] = [];
  for (const index of starts) {
    alive = alive.filter((other) => lifetimes[other]!.to >= lifetimes[index]!.from);
    for (const other of alive) {
      meetings[index]!.push(other);
      meetings[other]!.push(index);
    }
    alive.push(index);
  }
  return meetings;
}

/** Each buffer in turn goes into the smallest gap that holds it, else on top. */
function greedy(
  lifetimes: readonly Lifetime[],
  meetings: readonly (readonly number[])[],
  order: readonly number[],
): MemoryPlan {
  return place(lifetimes, meetings, order, (gaps, length) => {
    const fitting = gaps.filter((gap) => gap.length >= length);
    return fitting.reduce((a, b) => (b.length < a.length ? b : a)).start;
  });
}

/** In a space of `capacity`: alternately at the lowest and at the highest place, as suits chains. */
function twoEnded(
  lifetimes: readonly Lifetime[],
  meetings: readonly (readonly number[])[],
  order: readonly number[],
  capacity: number,
): MemoryPlan {
  const inTime = order.toSorted((a, b) => lifetimes[a]!.from - lifetimes[b]!.from || a - b);
  let high = false;
  return place(lifetimes, meetings, inTime, (gaps, length) => {
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

function place(
  lifetimes: readonly Lifetime[],
  meetings: readonly (readonly number[])[],
  order: readonly number[],
  choose: (gaps: readonly Gap[], length: number) => number,
): MemoryPlan {
  const offsets: number[] = lifetimes.map(() => -1);
  for (const index of order) {
    const placed = meetings[index]!.filter((other) => offsets[other] !== -1).toSorted(
      (a, b) => offsets[a]! - offsets[b]!,
    );
    const gaps: Gap[] = [];
    let end = 0;
    for (const other of placed) {
      if (offsets[other]! > end) gaps.push({ start: end, length: offsets[other]! - end });
      end = Math.max(end, offsets[other]! + lifetimes[other]!.length);
    }
    gaps.push({ start: end, length: Infinity });
    offsets[index] = choose(gaps, lifetimes[index]!.length);
  }
  const length = lifetimes.reduce((most, own, index) => Math.max(most, offsets[index]! + own.length), 0);
  return { offsets, length };
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
