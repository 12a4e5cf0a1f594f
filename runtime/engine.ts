// Runs the WebAssembly of a network, on one thread or on several that share its memory. The module's own text is what the
// other threads run, because a strict Content-Security-Policy allows no other script.

import type { MemoryLayout } from './abi.ts';

/** Words at the start of the memory: the number of the last job, its images, whether a thread failed. */
const slots = { generation: 1, failed: 2, job: 3, images: 4 } as const;

type Pass = (images: number, maxBatch: number, part: number, parts: number) => void;

/** What a thread gets to know. */
interface ThreadTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly maxBatch: number;
  readonly part: number;
  readonly parts: number;
}

export interface Engine {
  readonly memory: WebAssembly.Memory;
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

interface Thread {
  post(task: ThreadTask): void;
  end(): void;
}

/** Hears of a thread: `ready`, then `done` after each job of the first one; anything else says why it stopped. */
type Hear = (text: string) => void;

const pageBytes = 65_536;

/** Pages for this batch and these threads. Throws RangeError where they would exceed the 4 GiB of a WebAssembly memory. */
export function pagesFor(layout: MemoryLayout, maxBatch: number, threads: number): number {
  const fixed = layout.arena + threads * layout.scratch + pageBytes;
  const least = fixed + layout.perImage;
  if (least > 2 ** 32) {
    const size = (least / 2 ** 30).toFixed(1);
    throw new RangeError(`the network needs ${size} GiB on ${threads === 1 ? '1 thread' : `${threads} threads`}; a WebAssembly memory has at most 4 GiB`);
  }
  if (!Number.isInteger(maxBatch) || maxBatch < 1 || fixed + maxBatch * layout.perImage > 2 ** 32) {
    const most = Math.floor((2 ** 32 - fixed) / layout.perImage);
    throw new RangeError(`maxBatch is ${maxBatch}; expected a whole number from 1 to ${most}`);
  }
  return Math.ceil((fixed + maxBatch * layout.perImage) / pageBytes);
}

/** `threads` as a whole number from 1 to 64. */
export function checkedThreads(threads: unknown): number {
  if (!Number.isInteger(threads) || (threads as number) < 1 || (threads as number) > 64)
    throw new RangeError(`threads is ${String(threads)}; expected a whole number from 1 to 64`);
  return threads as number;
}

/**
 * `sharedAt` is the index of the byte that says whether the memory is shared; `self` the address of the emitted module; `fill`
 * puts the weights into the memory, while the engine compiles; `alone` says why there can be but one thread.
 */
export async function startEngine(
  bytes: Uint8Array,
  sharedAt: number,
  layout: MemoryLayout,
  maxBatch: number,
  wanted: number,
  self: string,
  fill: (memory: ArrayBuffer) => void,
  alone = wanted > 1 ? whyAlone() : undefined,
): Promise<Engine> {
  const parts = alone === undefined ? wanted : 1;
  const shared = parts > 1;
  const pages = pagesFor(layout, maxBatch, parts);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  bytes[sharedAt] = shared ? 3 : 1;
  const compiling = WebAssembly.compile(bytes);
  fill(memory.buffer);
  const module = await compiling;
  const { exports } = await WebAssembly.instantiate(module, { m: { m: memory } });
  const run = exports['pass'] as Pass;
  const control = new Int32Array(memory.buffer, 0, 16);
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
    const tasks = Array.from({ length: parts }, (_, part) => ({ module, memory, maxBatch, part, parts }));
    const started = await startThreads(self, waits ? tasks.slice(1) : tasks, (text) =>
      text === 'done' ? finish?.() : broken(text),
    );
    if (typeof started === 'string') {
      stopAll(control);
      return startEngine(bytes, sharedAt, layout, maxBatch, 1, self, fill, `threads could not be started: ${started}`);
    }
    threads = started;
  }
  return {
    memory,
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
      return callsOf(exports).map((call) => {
        const start = performance.now();
        for (let i = 0; i < repeats; i++) call(maxBatch, maxBatch, 0, 1);
        return (performance.now() - start) / repeats;
      });
    },
    close: () => stop('the network was closed'),
  };
}

/** Memories that belong to a `passAsync`. */
const busy = new WeakSet<object>();

function requireIdle(memory: object): void {
  if (busy.has(memory)) throw new Error('runAsync is under way; await its result first');
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function callsOf(exports: WebAssembly.Exports): Pass[] {
  const calls: Pass[] = [];
  for (let at = 0; `call${at}` in exports; at++) calls.push(exports[`call${at}`] as Pass);
  return calls;
}

/** All of them when they are ready, or why there are none. */
function startThreads(self: string, tasks: readonly ThreadTask[], hear: Hear): Promise<readonly Thread[] | string> {
  return new Promise((resolve) => {
    const threads: Thread[] = [];
    let waiting = tasks.length;
    const fail = (why: string): void => {
      clearTimeout(limit);
      for (const thread of threads) thread.end();
      resolve(why);
    };
    const limit = setTimeout(() => fail('a worker does not answer'), 10_000);
    try {
      for (const task of tasks) {
        const thread = createThread(self, (text) => {
          if (waiting === 0) return hear(text);
          if (text !== 'ready') return fail(text);
          waiting -= 1;
          if (waiting > 0) return;
          clearTimeout(limit);
          resolve(threads);
        });
        threads.push(thread);
        thread.post(task);
      }
    } catch (error) {
      fail(messageOf(error));
    }
  });
}

/** Lets every thread that waits see that there is nothing more to wait for. */
function stopAll(control: Int32Array): void {
  Atomics.store(control, slots.failed, 1);
  Atomics.add(control, slots.generation, 1);
  Atomics.notify(control, slots.generation);
  Atomics.add(control, slots.job, 1);
  Atomics.notify(control, slots.job);
}

/** Looks before a thread sleeps: a job that follows soon finds it awake. */
const looks = 20_000;

/** What a thread does until the network is closed. */
async function serve(task: ThreadTask, post: (text: string) => void): Promise<void> {
  const { module, memory, maxBatch, part, parts } = task;
  const control = new Int32Array(memory.buffer, 0, 16);
  try {
    const { exports } = await WebAssembly.instantiate(module, { m: { m: memory } });
    const run = exports['pass'] as Pass;
    let seen = 0;
    post('ready');
    for (;;) {
      for (let look = 0; look < looks && Atomics.load(control, slots.job) === seen; look++);
      Atomics.wait(control, slots.job, seen);
      if (Atomics.load(control, slots.failed) !== 0) return;
      seen = Atomics.load(control, slots.job);
      run(Atomics.load(control, slots.images), maxBatch, part, parts);
      if (part === 0) post('done');
    }
  } catch (error) {
    if (Atomics.load(control, slots.failed) !== 0) return;
    stopAll(control);
    post(messageOf(error));
  }
}

const threadName = 'cnnc-thread';

interface NodeThreads {
  readonly isMainThread: boolean;
  readonly workerData: unknown;
  readonly parentPort: Port | null;
  readonly Worker: new (url: URL, options: object) => NodeWorker;
}

interface NodeWorker {
  postMessage(task: ThreadTask, transfer: readonly object[]): void;
  on(event: string, listener: (value: unknown) => void): void;
  unref(): void;
  terminate(): Promise<number>;
}

/** What a thread gets its task by. */
interface Port {
  addEventListener(
    event: 'message' | 'messageerror',
    listener: (event: { readonly data: ThreadTask; stopImmediatePropagation(): void }) => void,
  ): void;
  postMessage(text: string): void;
}

interface BrowserScope extends Port {
  readonly name?: string;
  readonly crossOriginIsolated?: boolean;
  readonly Worker?: new (url: string, options: object) => BrowserWorker;
  readonly document?: object;
  readonly navigator?: {
    readonly locks?: { request(name: string, callback: () => Promise<void> | void): Promise<void> };
  };
}

interface BrowserWorker {
  postMessage(task: ThreadTask, transfer: readonly object[]): void;
  addEventListener(
    event: string,
    listener: (event: { readonly data?: string; readonly message?: string; preventDefault(): void }) => void,
  ): void;
  terminate(): void;
}

const scope = globalThis as unknown as BrowserScope;

function nodeThreads(): NodeThreads | undefined {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return host.process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;
}

const isBrowserPage = (): boolean => nodeThreads() === undefined && scope.document !== undefined;

function whyAlone(): string | undefined {
  if (nodeThreads()) return undefined;
  if (typeof SharedArrayBuffer === 'undefined' || scope.crossOriginIsolated === false)
    return 'memory cannot be shared here: a page must be cross-origin isolated (headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)';
  return scope.Worker ? undefined : 'there are no workers here';
}

function createThread(self: string, hear: Hear): Thread {
  const node = nodeThreads();
  if (node) {
    const worker = new node.Worker(new URL(self), { workerData: threadName, name: threadName });
    worker.on('message', (text) => hear(String(text)));
    worker.on('error', (error) => hear(messageOf(error)));
    worker.on('exit', () => hear('its worker ended'));
    // After `on`, which would have the process wait for messages.
    worker.unref();
    return { post: (task) => worker.postMessage(task, []), end: () => void worker.terminate() };
  }
  const name = `${threadName} ${crypto.randomUUID()}`;
  const worker = new scope.Worker!(self, { type: 'module', name });
  worker.addEventListener('message', ({ data }) => {
    if (data !== 'held') return hear(data ?? '');
    scope.navigator?.locks?.request(name, () => hear('its worker ended')).catch(() => {});
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    hear(event.message || "a worker with the module's script is not allowed (worker-src), or its script fails");
  });
  return { post: (task) => worker.postMessage(task, []), end: () => worker.terminate() };
}

/** In a browser nothing tells that a worker ended, but that the lock of its name is free. Comes back when this thread holds it. */
function holdLock(post: (text: string) => void): Promise<void> {
  return new Promise((resolve) => {
    const hold = (): Promise<void> => {
      post('held');
      resolve();
      return new Promise(() => {});
    };
    const { navigator, name } = scope;
    if (navigator?.locks) navigator.locks.request(name!, hold).catch(resolve);
    else resolve();
  });
}

/** In a thread that `createThread` made: waits for its task and serves. */
export function serveIfThread(): void {
  const node = nodeThreads();
  const isThread = node
    ? !node.isMainThread && node.workerData === threadName
    : scope.document === undefined && scope.name?.startsWith(threadName);
  if (!isThread) return;
  const port = node ? node.parentPort! : scope;
  const post = (text: string): void => port.postMessage(text);
  port.addEventListener('message', async (event) => {
    // Where several networks are in one script, one serves.
    event.stopImmediatePropagation();
    if (!node) await holdLock(post);
    await serve(event.data, post);
  });
  port.addEventListener('messageerror', () => post('memory cannot be shared with a worker'));
}

/** Elements `from` … of the caller's array go to the start of a part of the memory. Throws while a `passAsync` has it. */
export function copyIn(to: Float32Array, array: Float32Array, from: number, length: number): void {
  requireIdle(to.buffer);
  to.set(length === array.length ? array : array.subarray(from, from + length));
}

/** The start of a part of the memory goes to the caller's array. */
export function copyOut(from: Float32Array, array: Float32Array, to: number, length: number): void {
  array.set(length === from.length ? from : from.subarray(0, length), to);
}
