// How many threads share the work of a network where that is left to the module: by a model of what a pass takes, whose constants are
// those of measurements (docs/speed.md). It is told of the network, the batch and the cores alone, so that the same host chooses the same.

import type { PassWork } from './abi.ts';
import { checkedThreads } from './engine.ts';

export interface ChosenThreads {
  readonly threads: number;
  /** Of `auto`: what was chosen, and why. */
  readonly reason?: string;
}

/** `wanted` as a number, or for `'auto'` what `threadsFor` says of this host. Throws RangeError for anything else. */
export function chosenThreads(wanted: unknown, work: PassWork, images: number): ChosenThreads {
  return wanted === 'auto' ? threadsFor(work, images, coresHere()) : { threads: checkedThreads(wanted) };
}

/** What one thread does in a millisecond. */
const speed = { macs: 20e6, bytes: 4e6 } as const;
/**
 * Milliseconds that a barrier costs for each thread but the first where another process has a core: the others spin in vain, sleep and are
 * woken. Where all cores are free it is less than a thousandth.
 */
const barrierMs = 0.03;

/** As many threads as make a pass over so many images the shortest. */
export function threadsFor(work: PassWork, images: number, cores: number): ChosenThreads {
  if (cores <= 1) return { threads: 1, reason: 'auto chose 1 thread: this host has one core' };
  const alone = images * (work.macs / speed.macs + work.bytes / speed.bytes);
  const timeOn = (threads: number): number => alone / threads + (threads - 1) * work.barriers * barrierMs;
  const counts = Array.from({ length: Math.min(cores, 64) }, (_, index) => index + 1);
  const threads = counts.reduce((best, count) => (timeOn(count) < timeOn(best) ? count : best));
  const other = threads === 1 ? 2 : threads;
  const [one, more] = [1, other].map((count) => `${Number(timeOn(count).toPrecision(2))} ms on ${count}`);
  return {
    threads,
    reason: `auto chose ${threads} of up to ${counts.length} threads: where cores are busy, a pass takes about ${one}, ${more}`,
  };
}

interface Host {
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly process?: { getBuiltinModule?: (name: string) => { availableParallelism?: () => number } | undefined };
}

/** Cores that this process may use. */
function coresHere(): number {
  const { navigator, process } = globalThis as unknown as Host;
  return navigator?.hardwareConcurrency ?? process?.getBuiltinModule?.('node:os')?.availableParallelism?.() ?? 1;
}
