// Runs the WebAssembly of a network, on one thread or on several that share its memory. The module's own text is what the
// other threads run, because a strict Content-Security-Policy allows no other script.

/** Where things lie in the linear memory, in bytes. */
export interface MemoryLayout {
  readonly weights: number;
  readonly halves: number;
  readonly arena: number;
  readonly perImage: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly scratch: number;
}

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
  /** Whether this thread may wait for others. */
  readonly waits: boolean;
  /** All calls on so many images; the other threads take their parts. Throws when one of them failed. */
  pass(images: number): void;
  /** The same without waiting, for a browser's main thread. */
  passAsync(images: number): Promise<void>;
  /** The exported functions, one for each kernel call. */
  readonly calls: readonly Pass[];
  close(): void;
}

interface Thread {
  post(task: ThreadTask): void;
  /** `ready`, then `done` after each job of the first thread; anything else is an error. */
  listen(message: (text: string) => void): void;
  end(): void;
}

const pageBytes = 65_536;

/** Pages for this batch and these threads. Throws RangeError where they would exceed the 4 GiB of a WebAssembly memory. */
export function pagesFor(layout: MemoryLayout, maxBatch: number, threads: number): number {
  const fixed = layout.arena + threads * layout.scratch + pageBytes;
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

/** `sharedAt` is the index of the byte that says whether the memory is shared; `self` the address of the emitted module. */
export async function startEngine(
  bytes: Uint8Array,
  sharedAt: number,
  layout: MemoryLayout,
  maxBatch: number,
  wanted: number,
  self: string,
): Promise<Engine> {
  const reason = wanted > 1 ? whyAlone() : undefined;
  const parts = reason === undefined ? wanted : 1;
  const isShared = parts > 1;
  const pages = pagesFor(layout, maxBatch, parts);
  const memory = new WebAssembly.Memory(
    isShared ? { initial: pages, maximum: pages, shared: true } : { initial: pages, maximum: pages },
  );
  if (isShared) bytes[sharedAt] = 3;
  const module = await WebAssembly.compile(bytes);
  const { exports } = await WebAssembly.instantiate(module, { m: { m: memory } });
  const waits = !isBrowserPage();
  const alone = (why: string | undefined): Engine => oneThread(memory, exports, maxBatch, why);
  if (!isShared) return alone(reason);
  const started: Thread[] = [];
  try {
    const firstPart = waits ? 1 : 0;
    for (let part = firstPart; part < parts; part++) {
      const thread = createThread(self);
      started.push(thread);
      thread.post({ module, memory, maxBatch, part, parts });
    }
    await Promise.all(started.map(isReady));
  } catch (error) {
    for (const thread of started) thread.end();
    return alone(`threads could not be started: ${error instanceof Error ? error.message : String(error)}`);
  }
  return manyThreads(memory, exports, maxBatch, parts, waits, started);
}

function callsOf(exports: WebAssembly.Exports): Pass[] {
  const calls: Pass[] = [];
  for (let at = 0; `call${at}` in exports; at++) calls.push(exports[`call${at}`] as Pass);
  return calls;
}

function oneThread(
  memory: WebAssembly.Memory,
  exports: WebAssembly.Exports,
  maxBatch: number,
  reason: string | undefined,
): Engine {
  const run = exports['pass'] as Pass;
  return {
    memory,
    threads: 1,
    reason,
    waits: true,
    pass: (images) => run(images, maxBatch, 0, 1),
    passAsync: async (images) => run(images, maxBatch, 0, 1),
    calls: callsOf(exports),
    close() {},
  };
}

function manyThreads(
  memory: WebAssembly.Memory,
  exports: WebAssembly.Exports,
  maxBatch: number,
  parts: number,
  waits: boolean,
  threads: readonly Thread[],
): Engine {
  const run = exports['pass'] as Pass;
  const control = new Int32Array(memory.buffer, 0, 16);
  let broken: string | undefined;
  let closed = false;
  let finish: (() => void) | undefined;
  let fail: ((error: Error) => void) | undefined;
  const failure = (): Error => new Error(`${broken}; load the network again`);
  for (const thread of threads) {
    thread.listen((text) => {
      if (text === 'done') return finish?.();
      if (closed) return;
      broken ??= `a thread of the network stopped: ${text}`;
      stopAll(control);
      fail?.(failure());
    });
  }
  const start = (images: number): void => {
    if (closed) throw new Error('the network was closed');
    if (broken !== undefined) throw failure();
    Atomics.store(control, slots.images, images);
    Atomics.add(control, slots.job, 1);
    Atomics.notify(control, slots.job);
  };
  return {
    memory,
    threads: parts,
    reason: undefined,
    waits,
    pass(images) {
      // A page may not wait: it does all parts by itself, with the same result.
      if (!waits) return run(images, maxBatch, 0, 1);
      start(images);
      try {
        run(images, maxBatch, 0, parts);
      } catch (error) {
        broken ??= `a thread of the network stopped: ${error instanceof Error ? error.message : String(error)}`;
        stopAll(control);
        throw failure();
      }
    },
    async passAsync(images) {
      if (waits) return this.pass(images);
      return new Promise<void>((resolve, reject) => {
        finish = resolve;
        fail = reject;
        start(images);
      });
    },
    calls: callsOf(exports),
    close() {
      if (closed) return;
      closed = true;
      stopAll(control);
      for (const thread of threads) thread.end();
    },
  };
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
    let seen = Atomics.load(control, slots.job);
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
    post(error instanceof Error ? error.message : String(error));
  }
}

const threadName = 'cnnc-thread';

interface NodeThreads {
  readonly isMainThread: boolean;
  readonly workerData: unknown;
  readonly parentPort: {
    postMessage(text: string): void;
    once(event: string, listener: (task: ThreadTask) => void): void;
  } | null;
  readonly Worker: new (url: URL, options: object) => NodeWorker;
}

interface NodeWorker {
  postMessage(task: ThreadTask): void;
  on(event: string, listener: (value: unknown) => void): void;
  unref(): void;
  terminate(): Promise<number>;
}

interface BrowserScope {
  readonly name?: string;
  readonly crossOriginIsolated?: boolean;
  readonly Worker?: new (url: string, options: object) => BrowserWorker;
  readonly document?: object;
  onmessage?: ((event: { readonly data: ThreadTask }) => void) | null;
  postMessage?(text: string): void;
}

interface BrowserWorker {
  postMessage(task: ThreadTask): void;
  addEventListener(
    event: string,
    listener: (event: { readonly data?: string; readonly message?: string }) => void,
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

function createThread(self: string): Thread {
  const node = nodeThreads();
  if (node) {
    const worker = new node.Worker(new URL(self), { workerData: threadName, name: threadName });
    worker.unref();
    return {
      post: (task) => worker.postMessage(task),
      listen(message) {
        worker.on('message', (text) => message(String(text)));
        worker.on('error', (error) => message(error instanceof Error ? error.message : String(error)));
        worker.on('exit', () => message('it ended'));
      },
      end: () => void worker.terminate(),
    };
  }
  const worker = new scope.Worker!(self, { type: 'module', name: threadName });
  return {
    post: (task) => worker.postMessage(task),
    listen(message) {
      worker.addEventListener('message', ({ data }) => message(data ?? ''));
      worker.addEventListener('error', ({ message: text }) => message(text ?? 'its script could not be loaded'));
    },
    end: () => worker.terminate(),
  };
}

function isReady(thread: Thread): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error('a worker does not answer')), 10_000);
    thread.listen((text) => {
      clearTimeout(limit);
      if (text === 'ready') resolve();
      else reject(new Error(text));
    });
  });
}

/** In a thread that `createThread` made: waits for its task and serves. */
export function serveIfThread(): void {
  const node = nodeThreads();
  if (node) {
    const { isMainThread, workerData, parentPort } = node;
    if (isMainThread || workerData !== threadName || !parentPort) return;
    parentPort.once('message', (task) => void serve(task, (text) => parentPort.postMessage(text)));
  } else if (scope.name === threadName && scope.document === undefined) {
    scope.onmessage = ({ data }) => void serve(data, (text) => scope.postMessage!(text));
  }
}

/** Elements `from` … of the caller's array go to the start of a part of the memory. */
export function copyIn(to: Float32Array, array: Float32Array, from: number, length: number): void {
  to.set(length === array.length ? array : array.subarray(from, from + length));
}

/** The start of a part of the memory goes to the caller's array. */
export function copyOut(from: Float32Array, array: Float32Array, to: number, length: number): void {
  array.set(length === from.length ? from : from.subarray(0, length), to);
}
