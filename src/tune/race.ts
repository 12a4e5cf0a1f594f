// Times the kernel calls of several networks in turns, so that a busy machine slows all alike.

import type { Clock } from '../bench/timing.ts';

export interface Racer {
  /** Runs once, and gives the milliseconds of each kernel call. */
  profile(): readonly number[];
}

/** A turn takes about so long, and has one run at least. */
const TURN_MS = 20;
const FEWEST_ROUNDS = 4;
/** Before a turn, faster networks have a run that does not count: it brings their weights back into the caches. */
const REFRESHED_MS = 50;

/** The fastest of many runs for each racer's calls; each racer is timed for about this long. */
export function race(racers: readonly Racer[], milliseconds: number, clock: Clock): readonly (readonly number[])[] {
  let best = racers.map((racer) => racer.profile());
  const turn = (racer: Racer, before: readonly number[]): readonly number[] => {
    if (total(before) < REFRESHED_MS) racer.profile();
    let now = before;
    const start = clock();
    do {
      const times = racer.profile();
      now = now.map((time, call) => Math.min(time, times[call]!));
    } while (clock() - start < TURN_MS);
    return now;
  };
  const start = clock();
  for (let round = 0; round < FEWEST_ROUNDS || clock() - start < milliseconds * racers.length; round += 1)
    best = racers.map((racer, at) => turn(racer, best[at]!));
  return best;
}

function total(times: readonly number[]): number {
  return times.reduce((sum, time) => sum + time, 0);
}
