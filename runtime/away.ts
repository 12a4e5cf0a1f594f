// The engine of a network that trains. On a page, a worker with a memory of its own does the work of one thread, so that the page
// stays alive; the page keeps a copy of that memory, of which a pass sends the inputs and receives the outputs.

import type { MemoryLayout } from './abi.ts';
import type { AwayAnswer, AwayOrder, AwayTask } from './away-thread.ts';
import { awayName } from './away-thread.ts';
import type { Binary, Engine, Fill } from './engine.ts';
import { isBrowserPage, pagesFor, startEngine, whyAlone } from './engine.ts';
import { messageOf, scope } from './thread.ts';
import type { ModuleFile } from './workers.ts';
import { ended, isAlone, refused } from './workers.ts';

export interface AwayEngine extends Pick<Engine, 'memory' | 'exports' | 'threads' | 'reason' | 'passAsync' | 'close'> {
  /** What the page wrote to these bytes of `memory` is where the work is done. Not during a pass, as `pull`. */
  push(from: number, to: number): Promise<void>;
  /** `memory` has these bytes as the last pass left them. */
  pull(from: number, to: number): Promise<void>;
}

/** As `startEngine`. */
export async function startAway(
  binary: Binary,
  layout: MemoryLayout,
  maxBatch: number,
  wanted: number,
  file: ModuleFile,
  filling: Promise<Fill>,
): Promise<AwayEngine> {
  const alone = wanted > 1 ? whyAlone(binary) : undefined;
  const here = async (threads: number, reason: string | undefined): Promise<AwayEngine> => ({
    ...(await startEngine(binary, layout, maxBatch, threads, file, filling, reason)),
    async push() {},
    async pull() {},
  });
  if (!isBrowserPage() || (wanted > 1 && alone === undefined)) return here(wanted, alone);
  const fill = await filling;
  const pages = pagesFor(layout, maxBatch, 1);
  const module = await binary.compile(false);
  let stopped: string | undefined;
  let finish: ((bytes: Uint8Array) => void) | undefined;
  let fail: ((error: Error) => void) | undefined;
  const stop = (why: string): void => {
    if (stopped !== undefined) return;
    stopped = why;
    worker.end();
    fail?.(new Error(why));
  };
  const started = await startWorker(file, { module, pages, maxBatch }, (answer) => {
    if (typeof answer === 'string') stop(`the worker of the network stopped: ${answer}; load the network again`);
    else finish?.(answer);
  });
  if (typeof started === 'string') {
    const why = `the page waits for every step, because no worker could be started: ${started}`;
    return here(1, alone === undefined ? why : `${alone}; ${why}`);
  }
  const worker = started;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  // It computes nothing here but the weights.
  const { exports } = await WebAssembly.instantiate(module, { m: { m: memory, check() {} } });
  fill(memory.buffer, exports);
  const ask = (order: AwayOrder): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      if (stopped !== undefined) throw new Error(stopped);
      finish = resolve;
      fail = reject;
      worker.post(order);
    });
  /** A copy, which is then the worker's. */
  const part = (from: number, to: number): Uint8Array => new Uint8Array(memory.buffer, from, to - from).slice();
  const push = async (from: number, to: number): Promise<void> => {
    await ask({ at: from, bytes: part(from, to), images: 0, from, length: 0 });
  };
  const imagesAt = (offset: number): number => layout.arena + offset * maxBatch;
  const [inputs, outputs, end] = [imagesAt(layout.inputs[0]!), imagesAt(layout.outputs[0]!), imagesAt(layout.perImage)];
  await push(layout.weights, layout.arena);
  return {
    memory,
    exports,
    threads: 1,
    reason: alone,
    push,
    async pull(from, to) {
      const order = { at: from, bytes: new Uint8Array(), images: 0, from, length: to - from };
      new Uint8Array(memory.buffer, from).set(await ask(order));
    },
    async passAsync(images) {
      const order = { at: inputs, bytes: part(inputs, outputs), images, from: outputs, length: end - outputs };
      new Uint8Array(memory.buffer, outputs).set(await ask(order));
    },
    close: () => stop('the network was closed'),
  };
}

interface AwayWorker {
  post(order: AwayOrder): void;
  end(): void;
}

type Hear = (answer: AwayAnswer) => void;

/** When it is ready; or why there is none. */
async function startWorker(file: ModuleFile, task: Omit<AwayTask, 'lock'>, hear: Hear): Promise<AwayWorker | string> {
  if (await isAlone(file)) {
    const started = await startAt(file.url!, task, hear).catch(messageOf);
    if (started !== refused) return started;
  }
  const url = URL.createObjectURL(new Blob([file.thread], { type: 'text/javascript' }));
  const started = await startAt(url, task, hear).catch(messageOf);
  URL.revokeObjectURL(url);
  return started;
}

interface BrowserWorker {
  postMessage(message: AwayTask | AwayOrder, transfer: readonly ArrayBufferLike[]): void;
  addEventListener(
    event: string,
    listener: (event: { readonly data?: AwayAnswer; readonly message?: string; preventDefault(): void }) => void,
  ): void;
  terminate(): void;
}

function startAt(url: string, task: Omit<AwayTask, 'lock'>, hear: Hear): Promise<AwayWorker | string> {
  return new Promise((resolve) => {
    if (!scope.Worker) return resolve('there are no workers here');
    const Worker = scope.Worker as new (url: string, options: object) => BrowserWorker;
    const worker = new Worker(url, { type: 'module', name: awayName });
    const lock = `${awayName} ${crypto.randomUUID()}`;
    let isReady = false;
    const fail = (why: string): void => {
      clearTimeout(limit);
      worker.terminate();
      resolve(why);
    };
    const limit = setTimeout(() => fail('a worker does not answer'), 10_000);
    const heard = (answer: AwayAnswer): void => {
      // In a browser nothing tells that a worker ended, but that the lock which it held is free.
      if (answer === 'held') return void scope.navigator?.locks?.request(lock, () => heard(ended)).catch(() => {});
      if (isReady) return hear(answer);
      if (answer !== 'ready') return fail(String(answer));
      isReady = true;
      clearTimeout(limit);
      resolve({ post: (order) => worker.postMessage(order, [order.bytes.buffer]), end: () => worker.terminate() });
    };
    worker.addEventListener('message', ({ data }) => heard(data ?? ''));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      heard(event.message || refused);
    });
    worker.postMessage({ ...task, lock }, []);
  });
}
