// What a worker does that has the memory of a network of a page, whose own thread must not be kept busy. Emitted modules hold this
// file twice, as thread.ts, on which alone it depends.

import type { Pass } from './thread.ts';
import { holdLock, messageOf, nodeThreads, scope } from './thread.ts';

export const awayName = 'cnnc-away';

/** What it is told first. The answer is `ready`. */
export interface AwayTask {
  readonly module: WebAssembly.Module;
  readonly pages: number;
  readonly maxBatch: number;
  /** Name of the lock that is free when the worker has ended. */
  readonly lock: string;
}

/** What it is told then, in bytes: what to write first, on how many images to compute, if on any, and what to read at last. */
export interface AwayOrder {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly images: number;
  readonly from: number;
  readonly length: number;
}

/** The bytes that an order reads, or why there are none. */
export type AwayAnswer = Uint8Array | string;

/** In a worker that was made for it: takes a task, then orders. */
export function serveIfAway(): void {
  if (nodeThreads() || scope.document !== undefined || scope.name !== awayName) return;
  let follow: ((order: AwayOrder) => Uint8Array) | undefined;
  const port = scope as unknown as AwayPort;
  port.addEventListener('message', async (event) => {
    // Where several networks are in one script, one serves.
    event.stopImmediatePropagation();
    const { data } = event;
    try {
      if ('module' in data) {
        await holdLock(data.lock, (text) => port.postMessage(text, []));
        follow = await obedience(data);
        return port.postMessage('ready', []);
      }
      const bytes = follow!(data);
      port.postMessage(bytes, [bytes.buffer]);
    } catch (error) {
      port.postMessage(`failed: ${messageOf(error)}`, []);
    }
  });
}

interface AwayPort {
  addEventListener(
    event: 'message',
    listener: (event: { readonly data: AwayTask | AwayOrder; stopImmediatePropagation(): void }) => void,
  ): void;
  postMessage(answer: AwayAnswer, transfer: readonly ArrayBufferLike[]): void;
}

async function obedience({ module, pages, maxBatch }: AwayTask): Promise<(order: AwayOrder) => Uint8Array> {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports } = await WebAssembly.instantiate(module, { m: { m: memory, check: () => {} } });
  const run = exports['pass'] as Pass;
  return ({ at, bytes, images, from, length }) => {
    new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
    if (images > 0) run(images, maxBatch, 0, 1);
    return new Uint8Array(memory.buffer, from, length).slice();
  };
}
