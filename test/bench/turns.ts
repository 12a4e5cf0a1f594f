// Many engines in turn in one process, so that a busy machine slows all of them alike: those that answer at once and those
// that answer with a promise.

import { setTimeout as pause } from 'node:timers/promises';
import type { AnyEngine } from './engine.ts';
import { median } from './measure.ts';
import type { Timing } from './measure.ts';

export interface TurnsBudget {
  /** At least. */
  readonly rounds: number;
  /** Of all rounds together. */
  readonly milliseconds: number;
  /** Idle time before each turn, in which another engine's threads stop waiting for work. */
  readonly pauseMs: number;
}

/** Warm-up is done when both are reached, or `LONGEST_WARM_UP_MS`: WebAssembly and JavaScript are optimised while they run. */
const WARM_UP = { runs: 12, milliseconds: 1500 };
const LONGEST_WARM_UP_MS = 6000;
/** Shorter runs are timed together until they take this long. */
const SHORTEST_SAMPLE_MS = 2;
const TURN_MS = 40;
/** Engines that take longer for a run have one sample a turn, in the first rounds only. */
const SLOW_MS = 1000;
const SLOW_ROUNDS = 3;

/** Times per run, in milliseconds. A turn has two samples or more, so that the best has its weights in the cache. */
export async function takeTurns(
  engines: readonly AnyEngine[],
  x: Float32Array,
  budget: TurnsBudget,
): Promise<readonly Timing[]> {
  const players: Player[] = [];
  for (const engine of engines) players.push({ engine, runMs: await warmUp(engine, x), samples: [] });
  const start = performance.now();
  for (let round = 0; round < budget.rounds || performance.now() - start < budget.milliseconds; round += 1) {
    for (const index of players.keys()) {
      const player = players[(index + round) % players.length]!;
      if (player.runMs > SLOW_MS && round >= SLOW_ROUNDS) continue;
      if (budget.pauseMs > 0) await pause(budget.pauseMs);
      await takeTurn(player, x);
    }
  }
  return players.map(({ engine, samples }) => ({
    engine: engine.name,
    runs: samples.length,
    minimumMs: samples.reduce((least, sample) => Math.min(least, sample), Infinity),
    medianMs: median(samples),
  }));
}

interface Player {
  readonly engine: AnyEngine;
  readonly runMs: number;
  readonly samples: number[];
}

async function takeTurn({ engine, runMs, samples }: Player, x: Float32Array): Promise<void> {
  const count = Math.ceil(SHORTEST_SAMPLE_MS / Math.max(runMs, 1e-4));
  const start = performance.now();
  for (let sample = 0; sample < 2 || performance.now() - start < TURN_MS; sample += 1) {
    samples.push(await sampleOf(engine, x, count));
    if (runMs > SLOW_MS) return;
  }
}

/** The time of the fastest run. */
async function warmUp(engine: AnyEngine, x: Float32Array): Promise<number> {
  const start = performance.now();
  let fastest = Infinity;
  for (let run = 1; ; run += 1) {
    fastest = Math.min(fastest, await sampleOf(engine, x, 1));
    const elapsed = performance.now() - start;
    if ((run >= WARM_UP.runs && elapsed >= WARM_UP.milliseconds) || elapsed >= LONGEST_WARM_UP_MS) return fastest;
  }
}

/** Mean time of so many runs; engines that answer at once wait for no promise between them. */
async function sampleOf(engine: AnyEngine, x: Float32Array, count: number): Promise<number> {
  const start = performance.now();
  if (engine.isAsync) for (let run = 0; run < count; run += 1) await engine.run(x);
  else for (let run = 0; run < count; run += 1) engine.run(x);
  return (performance.now() - start) / count;
}
