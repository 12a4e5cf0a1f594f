// Many engines in turn, in one process or each in its own, so that a busy machine slows all of them alike: those that answer at once
// and those that answer with a promise.

import { setTimeout as pause } from 'node:timers/promises';
import type { AnyEngine } from './engine.ts';
import { median } from './measure.ts';
import type { Timing } from './measure.ts';

/** An engine whose time is taken one turn after another. */
export interface Player {
  readonly name: string;
  /** Runs until WebAssembly and JavaScript are optimised; the time of the fastest run, in milliseconds. */
  warmUp(): Promise<number>;
  /** Times per run, in milliseconds. A turn has two or more, so that the best has its weights in the cache; of a slow engine, one. */
  turn(): Promise<readonly number[]>;
}

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

/** Times per run, in milliseconds. */
export async function takeTurns(players: readonly Player[], budget: TurnsBudget): Promise<readonly Timing[]> {
  const entries: { readonly player: Player; readonly runMs: number; readonly samples: number[] }[] = [];
  for (const player of players) entries.push({ player, runMs: await player.warmUp(), samples: [] });
  const start = performance.now();
  for (let round = 0; round < budget.rounds || performance.now() - start < budget.milliseconds; round += 1) {
    for (const index of entries.keys()) {
      const { player, runMs, samples } = entries[(index + round) % entries.length]!;
      if (runMs > SLOW_MS && round >= SLOW_ROUNDS) continue;
      if (budget.pauseMs > 0) await pause(budget.pauseMs);
      samples.push(...(await player.turn()));
    }
  }
  return entries.map(({ player, samples }) => ({
    engine: player.name,
    runs: samples.length,
    minimumMs: samples.reduce((least, sample) => Math.min(least, sample), Infinity),
    medianMs: median(samples),
  }));
}

/** An engine of this process. */
export function playerOf(engine: AnyEngine, x: Float32Array): Player {
  let runMs = Infinity;
  return {
    name: engine.name,
    async warmUp() {
      runMs = await warmUp(engine, x);
      return runMs;
    },
    async turn() {
      const count = Math.ceil(SHORTEST_SAMPLE_MS / Math.max(runMs, 1e-4));
      const samples: number[] = [];
      const start = performance.now();
      do samples.push(await sampleOf(engine, x, count));
      while (runMs <= SLOW_MS && (samples.length < 2 || performance.now() - start < TURN_MS));
      return samples;
    },
  };
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
