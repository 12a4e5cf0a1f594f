// Runs the WebAssembly of a network, on one thread or on several that share its memory.

import type { MemoryLayout } from './abi.ts';
import type { Pass, ThreadTask } from './thread.ts';
import { messageOf, nodeThreads, patience, scope, slots, stopAll } from './thread.ts';
import { described } from './values.ts';
import type { ModuleFile, Thread } from './workers.ts';
import { ended, startThreads } from './workers.ts';

/** The WebAssembly of a network. */
export interface Binary {
  /** For a memory that threads share, or for one that they do not. Rejects with WebAssembly.CompileError where the host refuses. */
  compile(shared: boolean): Promise<WebAssembly.Module>;
  /** Why it cannot be had for a memory that is shared. */
  readonly alone?: string;
}

/** Puts weights into a memory, by kernels among the exports of an instance that has it. */
export type Fill = (memory: ArrayBuffer, exports: WebAssembly.Exports) => void;

export interface Engine {
  readonly memory: WebAssembly.Memory;
  readonly exports: WebAssembly.Exports;
  readonly threads: number;
  /** Why there are fewer threads than were asked for. */
  readonly reason: string | undefined;
  /** All calls on so many images; the other threads take their parts. Throws when one of them failed. */
  pass(images: number): void;
  /** The same without waiting, for a browser's main thread. The memory is busy until those who await it go on. */
  passAsync(images: number): Promise<void>;
  /** Milliseconds of each kernel call on one thread, as means of so many repeats. */
  profile(repeats: number): number[];
  /** What runs then, or is under way, fails. */
  close(): void;
}

const pageBytes = 65_536;

/** Pages for this batch and these threads. Throws RangeError above the 4 GiB of a WebAssembly memory. */
export function pagesFor(layout: MemoryLayout, maxBatch: number, threads: number): number {
  const fixed = layout.arena + threads * layout.scratch + pageBytes;
  const least = fixed + layout.perImage;
  if (least > 2 ** 32) {
    const size = (least / 2 ** 30).toFixed(1);
    throw new RangeError(
      `the network needs ${size} GiB on ${threads === 1 ? '1 thread' : `${threads} threads`}; a WebAssembly memory has at most 4 GiB`,
    );
  }
  if (!Number.isInteger(maxBatch) || maxBatch < 1 || fixed + maxBatch * layout.perImage > 2 ** 32) {
    const most = Math.floor((2 ** 32 - fixed) / layout.perImage);
    const found = typeof maxBatch === 'number' ? maxBatch : described(maxBatch);
    throw new RangeError(`maxBatch is ${found}; expected a whole number from 1 to ${most}`);
  }
  const end = Math.max(fixed + maxBatch * layout.perImage, layout.arena + (layout.loading ?? 0));
  return Math.ceil(end / pageBytes);
}

/** `threads` as a whole number from 1 to 64. */
export function checkedThreads(threads: unknown): number {
  if (!Number.isInteger(threads) || (threads as number) < 1 || (threads as number) > 64)
    throw new RangeError(`threads is ${String(threads)}; expected a whole number from 1 to 64, or 'auto'`);
  return threads as number;
}

/**
 * `file` is the emitted module; `filling` gives what puts weights into memory, while the engine compiles; where it rejects, so does this.
 * `alone` says why there can be but one thread.
 */
export async function startEngine(
  binary: Binary,
  layout: MemoryLayout,
  maxBatch: number,
  wanted: number,
  file: ModuleFile,
  filling: Promise<Fill>,
  alone = wanted > 1 ? whyAlone(binary) : undefined,
): Promise<Engine> {
  const parts = alone === undefined ? wanted : 1;
  const shared = parts > 1;
  const pages = pagesFor(layout, maxBatch, parts);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  const control = new Int32Array(memory.buffer, 0, 16);
  const impatient = patience(control);
  /** Called again and again while this thread waits for others. */
  const check = (): void => {
    if (!nodeThreads()) impatient();
    else if (!threads.every((thread) => thread.isAlive())) broken(ended);
  };
  const starting = startInstance(binary, shared, { m: { m: memory, check } });
  // Where the weights do not fit, that is the error.
  starting.catch(() => {});
  const fill = await filling;
  // What needs no WebAssembly is done meanwhile.
  if (layout.loading === undefined) fill(memory.buffer, {});
  const { module, exports } = await starting;
  if (layout.loading !== undefined) fill(memory.buffer, exports);
  const run = exports['pass'] as Pass;
  // A page may not wait for its threads: they do all parts.
  const waits = !shared || !isBrowserPage();
  let threads: readonly Thread[] = [];
  let stopped: string | undefined;
  let finish: (() => void) | undefined;
  let fail: ((error: Error) => void) | undefined;
  const stop = (why: string): void => {
    if (stopped !== undefined) return;
    stopped = why;
    stopAll(control);
    for (const thread of threads) thread.end();
    fail?.(new Error(why));
  };
  const broken = (why: string): void => stop(`a thread of the network stopped: ${why}; load the network again`);
  const requireLive = (): void => {
    if (stopped !== undefined) throw new Error(stopped);
    requireIdle(memory.buffer);
  };
  const start = (images: number): void => {
    Atomics.store(control, slots.images, images);
    Atomics.add(control, slots.job, 1);
    Atomics.notify(control, slots.job);
  };
  const pass = (images: number): void => {
    requireLive();
    // By itself, with the same result.
    if (!waits) return run(images, maxBatch, 0, 1);
    if (shared) start(images);
    try {
      run(images, maxBatch, 0, parts);
    } catch (error) {
      broken(messageOf(error));
      throw new Error(stopped, { cause: error });
    }
  };
  const passOfThreads = (images: number): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      requireLive();
      finish = resolve;
      fail = reject;
      start(images);
    });
  if (shared) {
    const tasks = Array.from({ length: parts }, (_, part): ThreadTask => ({ module, memory, maxBatch, part, parts }));
    const started = await startThreads(file, waits ? tasks.slice(1) : tasks, (text) =>
      text === 'done' ? finish?.() : broken(text),
    );
    if (typeof started === 'string') {
      stopAll(control);
      return startEngine(binary, layout, maxBatch, 1, file, filling, `threads could not be started: ${started}`);
    }
    threads = started;
  }
  return {
    memory,
    exports,
    threads: parts,
    reason: alone,
    pass,
    passAsync(images) {
      const done = waits ? (async () => pass(images))() : passOfThreads(images);
      // Before anybody else can run, whoever awaits `done` goes on.
      const free = (): void => void busy.delete(memory.buffer);
      busy.add(memory.buffer);
      done.then(free, free);
      return done;
    },
    profile(repeats) {
      requireLive();
      if (!Number.isInteger(repeats) || repeats < 1)
        throw new RangeError(`repeats is ${repeats}; expected a whole number from 1`);
      return callsOf(exports).map((call) => {
        const start = performance.now();
        for (let i = 0; i < repeats; i++) call(maxBatch, maxBatch, 0, 1);
        return (performance.now() - start) / repeats;
      });
    },
    close: () => stop('the network was closed'),
  };
}

async function startInstance(
  binary: Binary,
  shared: boolean,
  imports: WebAssembly.Imports,
): Promise<{ readonly module: WebAssembly.Module; readonly exports: WebAssembly.Exports }> {
  const module = await binary.compile(shared);
  const { exports } = await WebAssembly.instantiate(module, imports);
  return { module, exports };
}

/** Memories that belong to a `passAsync`. */
const busy = new WeakSet<object>();

function requireIdle(memory: object): void {
  if (busy.has(memory)) throw new Error('runAsync is under way; await its result first');
}

function callsOf(exports: WebAssembly.Exports): Pass[] {
  const calls: Pass[] = [];
  for (let at = 0; `call${at}` in exports; at++) calls.push(exports[`call${at}`] as Pass);
  return calls;
}

export const isBrowserPage = (): boolean => nodeThreads() === undefined && scope.document !== undefined;

export function whyAlone({ alone }: Binary): string | undefined {
  if (alone !== undefined) return alone;
  if (nodeThreads()) return undefined;
  if (typeof SharedArrayBuffer === 'undefined' || scope.crossOriginIsolated === false)
    return 'memory cannot be shared here: a page must be cross-origin isolated (headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)';
  return scope.Worker ? undefined : 'there are no workers here';
}

/** Elements `from` … of the caller's array go to the start of a part of the memory. Throws while a `passAsync` has it. */
export function copyIn(to: Float32Array, array: Float32Array, from: number, length: number): void {
  requireIdle(to.buffer);
  requireWhole(array, from + length);
  to.set(length === array.length ? array : array.subarray(from, from + length));
}

/** The start of a part of the memory goes to the caller's array. */
export function copyOut(from: Float32Array, array: Float32Array, to: number, length: number): void {
  requireWhole(array, to + length);
  array.set(length === from.length ? from : from.subarray(0, length), to);
}

/** An array was as long as it must be when it was given; `runAsync` reads and writes it later. Throws TypeError. */
function requireWhole(array: Float32Array, length: number): void {
  if (array.length < length)
    throw new TypeError(
      'an array was transferred or made shorter before runAsync was done with it; await its result first',
    );
}
