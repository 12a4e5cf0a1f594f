// Who waits, how long, and with whom: the queue of a model in front of engines that are told when to answer.

import { beforeEach, afterEach, describe, expect, test, vi } from 'vitest';
import { jsonAnswer } from '../../src/serve/protocol.ts';
import type { Answer, Work } from '../../src/serve/protocol.ts';
import { openQueue } from '../../src/serve/queue.ts';
import type { Engine, QueueOptions, Ticket } from '../../src/serve/queue.ts';

const usual: QueueOptions = { maxBatch: 3, maxDelay: 0, maxWaiting: 4, deadline: 1000 };
const now = (): number => performance.now();
const work = (name: string): Work => ({ kind: 'infer', body: new TextEncoder().encode(name) });
const textOf = ({ body }: { readonly body: Uint8Array }): string => new TextDecoder().decode(body);

/** Echoes what it gets as soon as `finish` is called; `batches` are those it has been given. */
function manualEngine() {
  const batches: string[][] = [];
  let ends: { resolve(answers: readonly Answer[]): void; reject(error: Error): void } | undefined;
  let last: readonly Work[] = [];
  const engine: Engine = {
    answer(batch) {
      last = batch;
      batches.push(batch.map(textOf));
      return new Promise((resolve, reject) => (ends = { resolve, reject }));
    },
  };
  const finish = async (): Promise<void> => {
    ends!.resolve(last.map((one) => jsonAnswer(200, { echo: textOf(one) })));
    await Promise.resolve();
    await vi.advanceTimersByTimeAsync(0);
  };
  const fail = async (): Promise<void> => {
    ends!.reject(new Error('gone'));
    await vi.advanceTimersByTimeAsync(0);
  };
  return { engine, batches, finish, fail };
}

const statusOf = async (ticket: Ticket | undefined): Promise<number> => (await ticket!.answer).status;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

describe('batches', () => {
  test('a free engine gets the first at once, and then all that waited', async () => {
    const queue = openQueue(usual, now);
    const { engine, batches, finish } = manualEngine();
    queue.add(engine);
    const tickets = ['a', 'b', 'c', 'd', 'e'].map((name) => queue.submit(work(name)));
    expect(batches).toEqual([['a']]);
    expect(queue.waiting).toBe(4);
    await finish();
    expect(batches).toEqual([['a'], ['b', 'c', 'd']]);
    await finish();
    await finish();
    expect(batches).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
    const texts = await Promise.all(tickets.map(async (ticket) => JSON.parse(textOf(await ticket!.answer)) as unknown));
    expect(texts).toEqual(['a', 'b', 'c', 'd', 'e'].map((echo) => ({ echo })));
  });

  test('a delay lets others come, up to a whole batch', async () => {
    const queue = openQueue({ ...usual, maxDelay: 10 }, now);
    const { engine, batches, finish } = manualEngine();
    queue.add(engine);
    void queue.submit(work('a'));
    await vi.advanceTimersByTimeAsync(6);
    void queue.submit(work('b'));
    expect(batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(4);
    expect(batches).toEqual([['a', 'b']]);
    await finish();
    for (const name of ['c', 'd', 'e']) void queue.submit(work(name));
    expect(batches.at(-1)).toEqual(['c', 'd', 'e']);
  });

  test('two engines share the queue', () => {
    const queue = openQueue(usual, now);
    const [one, other] = [manualEngine(), manualEngine()];
    queue.add(one.engine);
    queue.add(other.engine);
    for (const name of ['a', 'b', 'c']) void queue.submit(work(name));
    expect([one.batches, other.batches]).toEqual([[['a']], [['b']]]);
  });
});

describe('bounds', () => {
  test('no more may wait than that', () => {
    const queue = openQueue(usual, now);
    for (const name of ['a', 'b', 'c', 'd']) expect(queue.submit(work(name))).toBeDefined();
    expect(queue.submit(work('e'))).toBeUndefined();
  });

  test('who waits longer than the deadline gets 504, and is not computed', async () => {
    const queue = openQueue(usual, now);
    const ticket = queue.submit(work('a'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await statusOf(ticket)).toBe(504);
    const { engine, batches } = manualEngine();
    queue.add(engine);
    expect(batches).toEqual([]);
  });

  test('who is computed too long gets 504, too', async () => {
    const queue = openQueue(usual, now);
    const { engine, finish } = manualEngine();
    queue.add(engine);
    const ticket = queue.submit(work('a'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await statusOf(ticket)).toBe(504);
    await finish();
  });

  test('who hangs up makes room', () => {
    const queue = openQueue({ ...usual, maxWaiting: 1 }, now);
    const ticket = queue.submit(work('a'))!;
    expect(queue.submit(work('b'))).toBeUndefined();
    ticket.leave();
    expect(queue.submit(work('b'))).toBeDefined();
  });
});

describe('engines', () => {
  test('one that is lost gives 503 to its batch only, and gets no more', async () => {
    const queue = openQueue(usual, now);
    const broken = manualEngine();
    queue.add(broken.engine);
    const ticket = queue.submit(work('a'));
    const next = queue.submit(work('b'));
    await broken.fail();
    expect(await statusOf(ticket)).toBe(503);
    expect(broken.batches).toEqual([['a']]);
    const other = manualEngine();
    queue.add(other.engine);
    await other.finish();
    expect(await statusOf(next)).toBe(200);
  });

  test('one that is removed finishes what it has', async () => {
    const queue = openQueue(usual, now);
    const { engine, batches, finish } = manualEngine();
    queue.add(engine);
    const ticket = queue.submit(work('a'));
    const removed = queue.remove(engine);
    void queue.submit(work('b'));
    await finish();
    await removed;
    expect(await statusOf(ticket)).toBe(200);
    expect(batches).toEqual([['a']]);
  });
});
