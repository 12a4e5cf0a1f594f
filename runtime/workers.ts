// Starts the threads of a network as workers, and tells when they end. A worker runs the text of `thread.ts`: in Node as it is, in
// a browser from a blob, because the module's own address may be that of a bundle, which would run a whole application again.
// Only where the file at that address is surely the module alone does the worker load it: policies that allow no blobs
// (`worker-src 'self'`) allow that.

import type { ThreadTask } from './thread.ts';
import { messageOf, nodeThreads, scope, threadName } from './thread.ts';

/** The emitted module as a file. */
export interface ModuleFile {
  /** `import.meta.url`; bundlers may leave it undefined. */
  readonly url: string | undefined;
  /** UTF-16 code units of its text. */
  readonly length: number;
  /** The text of `thread.ts`. */
  readonly thread: string;
}

export interface Thread {
  post(task: ThreadTask): void;
  end(): void;
  /** Without waiting for events; where the host cannot tell, true. */
  isAlive(): boolean;
}

/** Hears of a thread: `ready`, then `done` after each job of the first one; anything else says why it stopped. */
type Hear = (text: string) => void;

export const ended = 'its worker ended';
export const refused =
  "a Content-Security-Policy allows no worker (worker-src needs 'self', or blob: where the module is not a file of its own), or its script fails";

type CreateThread = (hear: Hear) => Thread;

/** All of them when they are ready, or why there are none. */
export async function startThreads(
  file: ModuleFile,
  tasks: readonly ThreadTask[],
  hear: Hear,
): Promise<readonly Thread[] | string> {
  if (nodeThreads()) return startAll((listen) => nodeThread(file.thread, listen), tasks, hear);
  if (await isAlone(file)) {
    const started = await startAll((listen) => browserThread(file.url!, listen), tasks, hear);
    if (started !== refused) return started;
  }
  const url = URL.createObjectURL(new Blob([file.thread], { type: 'text/javascript' }));
  const started = await startAll((listen) => browserThread(url, listen), tasks, hear);
  URL.revokeObjectURL(url);
  return started;
}

/** Whether the file at the module's address, on the page's own server, is this module and nothing else. */
export async function isAlone({ url, length }: ModuleFile): Promise<boolean> {
  const { origin } = globalThis as { readonly origin?: string };
  try {
    if (url === undefined || !url.startsWith(`${origin}/`)) return false;
    const text = await (await fetch(url, { cache: 'force-cache' })).text();
    return text.length === length && text.endsWith('serveIfThread();\n');
  } catch {
    return false;
  }
}

function startAll(create: CreateThread, tasks: readonly ThreadTask[], hear: Hear): Promise<readonly Thread[] | string> {
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
        const thread = create((text) => {
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

interface NodeWorkers {
  readonly Worker: new (text: string, options: object) => NodeWorker;
  readonly MessageChannel: new () => { readonly port1: NodePort; readonly port2: NodePort };
  receiveMessageOnPort(port: NodePort): unknown;
}

interface NodeWorker {
  postMessage(task: ThreadTask, transfer: readonly object[]): void;
  on(event: string, listener: (value: unknown) => void): void;
  unref(): void;
  terminate(): Promise<number>;
}

interface NodePort {
  close(): void;
  unref(): void;
}

function nodeThread(text: string, hear: Hear): Thread {
  const { Worker, MessageChannel, receiveMessageOnPort } = nodeThreads() as unknown as NodeWorkers;
  const worker = new Worker(text, { eval: true, workerData: threadName, name: threadName });
  worker.on('message', (message) => hear(String(message)));
  worker.on('error', (error) => hear(messageOf(error)));
  worker.on('exit', () => hear(ended));
  // After `on`, which would have the process wait for messages.
  worker.unref();
  const { port1, port2 } = new MessageChannel();
  port1.unref();
  let port = port1;
  return {
    post: (task) => worker.postMessage({ ...task, port: port2 }, [port2]),
    end() {
      port.close();
      void worker.terminate();
    },
    isAlive() {
      // Takes note that the other end is closed, after which the port cannot be passed on.
      receiveMessageOnPort(port);
      try {
        port = structuredClone(port, { transfer: [port as never] });
        return true;
      } catch {
        return false;
      }
    },
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

/** In a browser nothing tells that a worker ended, but that the lock which it held is free. */
function browserThread(url: string, hear: Hear): Thread {
  const Worker = scope.Worker as new (url: string, options: object) => BrowserWorker;
  const worker = new Worker(url, { type: 'module', name: threadName });
  const lock = `${threadName} ${crypto.randomUUID()}`;
  worker.addEventListener('message', ({ data }) => {
    if (data !== 'held') return hear(data ?? '');
    scope.navigator?.locks?.request(lock, () => hear(ended)).catch(() => {});
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    hear(event.message || refused);
  });
  return {
    post: (task) => worker.postMessage({ ...task, lock }, []),
    end: () => worker.terminate(),
    isAlive: () => true,
  };
}
