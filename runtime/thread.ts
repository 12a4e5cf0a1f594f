// A thread of a network: what it is told, and what it does. Emitted modules hold this file twice, as code and as text, from
// which they make workers; so it must not use anything that it does not define.

/** Words at the start of the memory: the number of the last job, its images, whether a thread failed. */
export const slots = { generation: 1, failed: 2, job: 3, images: 4 } as const;

export type Pass = (images: number, maxBatch: number, part: number, parts: number) => void;

/** What a thread gets to know. */
export interface ThreadTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly maxBatch: number;
  readonly part: number;
  readonly parts: number;
  /** Of Node: the other end closes when the thread ends. */
  readonly port?: object;
  /** Of a browser: the name of the lock that is free when the thread has ended. */
  readonly lock?: string;
}

export const threadName = 'cnnc-thread';

interface NodeThreads {
  readonly isMainThread: boolean;
  readonly workerData: unknown;
  readonly parentPort: Port | null;
}

/** What a thread gets its task by. */
interface Port {
  addEventListener(
    event: 'message' | 'messageerror',
    listener: (event: { readonly data: ThreadTask; stopImmediatePropagation(): void }) => void,
  ): void;
  postMessage(text: string): void;
}

interface WorkerScope extends Port {
  readonly name?: string;
  readonly document?: object;
  readonly crossOriginIsolated?: boolean;
  readonly Worker?: unknown;
  readonly navigator?: {
    readonly locks?: { request(name: string, callback: () => Promise<void> | void): Promise<void> };
  };
}

export const scope = globalThis as unknown as WorkerScope;

export function nodeThreads(): NodeThreads | undefined {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return host.process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Lets every thread that waits see that there is nothing more to wait for. */
export function stopAll(control: Int32Array): void {
  Atomics.store(control, slots.failed, 1);
  Atomics.add(control, slots.generation, 1);
  Atomics.notify(control, slots.generation);
  Atomics.add(control, slots.job, 1);
  Atomics.notify(control, slots.job);
}

/** To be called each 100 ms while a thread waits: throws after a minute. For hosts that tell of no ends. */
export function patience(control: Int32Array): () => void {
  let generation = 0;
  let calls = 0;
  return () => {
    const now = Atomics.load(control, slots.generation);
    calls = now === generation ? calls + 1 : 0;
    generation = now;
    if (calls > 600) throw new Error('another thread does not answer');
  };
}

/** Looks before a thread sleeps: a job that follows soon finds it awake. */
const looks = 20_000;

/** What a thread does until the network is closed. */
async function serve(task: ThreadTask, check: () => void, post: (text: string) => void): Promise<void> {
  const { module, memory, maxBatch, part, parts } = task;
  const control = new Int32Array(memory.buffer, 0, 16);
  try {
    const { exports } = await WebAssembly.instantiate(module, { m: { m: memory, check } });
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

/** Comes back when this thread holds the lock. */
export function holdLock(name: string, post: (text: string) => void): Promise<void> {
  return new Promise((resolve) => {
    const hold = (): Promise<void> => {
      post('held');
      resolve();
      return new Promise(() => {});
    };
    const { navigator } = scope;
    if (navigator?.locks) navigator.locks.request(name, hold).catch(resolve);
    else resolve();
  });
}

/** In a worker that was made for it: waits for a task and serves. */
export function serveIfThread(): void {
  const node = nodeThreads();
  const isThread = node
    ? !node.isMainThread && node.workerData === threadName
    : scope.document === undefined && scope.name === threadName;
  if (!isThread) return;
  const port = node ? node.parentPort! : scope;
  const post = (text: string): void => port.postMessage(text);
  port.addEventListener('message', async (event) => {
    // Where several networks are in one script, one serves.
    event.stopImmediatePropagation();
    const { data: task } = event;
    // A port that nobody keeps would be closed.
    if (task.port) Object.assign(globalThis, { cnncPort: task.port });
    if (task.lock) await holdLock(task.lock, post);
    await serve(task, node ? () => {} : patience(new Int32Array(task.memory.buffer, 0, 16)), post);
  });
  port.addEventListener('messageerror', () => post('memory cannot be shared with a worker'));
}
