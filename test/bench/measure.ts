// Times engines against one another: they take turns in one process, so that a busy machine slows all of them alike.

import type { Engine } from './engine.ts';

export interface Timing {
  readonly engine: string;
  readonly runs: number;
  readonly minimumMs: number;
  readonly medianMs: number;
}

/**
 * After two warm-up rounds, rounds of one run each until `budgetMs` is used and at least `rounds` are done. Engines that are
 * much faster than the slowest run several times a round, and each of those runs counts.
 */
export function measure(
  engines: readonly Engine[],
  x: Float32Array,
  rounds: number,
  budgetMs: number,
): readonly Timing[] {
  for (const engine of engines) engine.run(x);
  const slowest = Math.max(...engines.map((engine) => timeOf(engine, x)));
  const times = engines.map((): number[] => []);
  const start = performance.now();
  for (let round = 0; round < rounds || performance.now() - start < budgetMs; round += 1) {
    for (const [index, engine] of engines.entries()) {
      const until = performance.now() + slowest / 4;
      do times[index]!.push(timeOf(engine, x));
      while (performance.now() < until);
    }
  }
  return engines.map(({ name }, index) => {
    const sorted = times[index]!.toSorted((a, b) => a - b);
    return { engine: name, runs: sorted.length, minimumMs: sorted[0]!, medianMs: sorted[sorted.length >> 1]! };
  });
}

export interface Comparison {
  /** Median over the rounds of the time of `b` divided by that of `a`. */
  readonly ratio: number;
  /** Median time of a run of each. */
  readonly milliseconds: readonly [number, number];
  readonly rounds: number;
}

/** Runs of a round that take less are repeated until they take this long. */
const SHORTEST_MS = 4;

/**
 * After a warm-up, rounds of `a` and `b` in turn, whoever came second beginning the next one, until `budgetMs` is used and
 * at least `rounds` are done.
 */
export function alternate(a: Engine, b: Engine, x: Float32Array, rounds: number, budgetMs: number): Comparison {
  const counts = [a, b].map((engine) => {
    const warm = performance.now() + budgetMs / 4;
    do engine.run(x);
    while (performance.now() < warm);
    return Math.ceil(SHORTEST_MS / Math.max(timeOf(engine, x), 1e-4));
  });
  const time = (engine: Engine, count: number): number => {
    const start = performance.now();
    for (let run = 0; run < count; run += 1) engine.run(x);
    return (performance.now() - start) / count;
  };
  const times: (readonly [number, number])[] = [];
  const start = performance.now();
  while (times.length < rounds || performance.now() - start < budgetMs) {
    const swapped = times.length % 2 === 1;
    const first = swapped ? time(b, counts[1]!) : time(a, counts[0]!);
    const second = swapped ? time(a, counts[0]!) : time(b, counts[1]!);
    times.push(swapped ? [second, first] : [first, second]);
  }
  return {
    ratio: median(times.map(([ofA, ofB]) => ofB / ofA)),
    milliseconds: [median(times.map(([ofA]) => ofA)), median(times.map(([, ofB]) => ofB))],
    rounds: times.length,
  };
}

/** The middle one; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** max |a − b| / max |a|; NaN where either has one. */
export function difference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} and ${b.length} outputs`);
  let delta = 0;
  let largest = 0;
  for (let i = 0; i < a.length; i += 1) {
    delta = Math.max(delta, Math.abs(a[i]! - b[i]!));
    largest = Math.max(largest, Math.abs(a[i]!));
  }
  return delta / largest;
}

function timeOf(engine: Engine, x: Float32Array): number {
  const start = performance.now();
  engine.run(x);
  return performance.now() - start;
}
