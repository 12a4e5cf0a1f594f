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
