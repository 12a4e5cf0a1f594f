// The watchdog of a worker: what takes too long is ended, said, and followed by a new worker.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { client } from '../../src/playground/page/client.ts';
import type { PageWorker } from '../../src/playground/page/client.ts';
import type { Answer, Question } from '../../src/playground/protocol.ts';

interface Sums {
  double(number: number): number;
  never(): number;
}

class FakeWorker implements PageWorker {
  readonly asked: Question[] = [];
  isEnded = false;
  readonly #listeners = new Map<string, (event: never) => void>();
  postMessage(question: Question): void {
    this.asked.push(question);
  }
  terminate(): void {
    this.isEnded = true;
  }
  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, listener);
  }
  answer(answer: Answer): void {
    this.#listeners.get('message')!({ data: answer } as never);
  }
  fail(message: string): void {
    this.#listeners.get('error')!({ message, preventDefault: () => {} } as never);
  }
}

const workers: FakeWorker[] = [];
const sums = () =>
  client<Sums>(() => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker;
  }, 1000);

beforeEach(() => {
  workers.length = 0;
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

test('starts with the first question, and answers each', async () => {
  const asker = sums();
  expect(workers).toEqual([]);
  const [first, second] = [asker.ask('double', 2), asker.ask('double', 3)];
  const [worker] = workers;
  expect(worker!.asked.map(({ name, args }) => [name, args])).toEqual([
    ['double', [2]],
    ['double', [3]],
  ]);
  worker!.answer({ id: worker!.asked[1]!.id, value: 6 });
  worker!.answer({ id: worker!.asked[0]!.id, value: 4 });
  expect(await Promise.all([first, second])).toEqual([4, 6]);
});

test('what takes too long is ended, with all that waits; the next question has a new worker', async () => {
  const asker = sums();
  const lost = Promise.allSettled([asker.ask('never'), asker.ask('double', 1)]);
  await vi.advanceTimersByTimeAsync(1001);
  expect(await lost).toMatchObject([
    { status: 'rejected', reason: { message: 'stopped: it took more than 1 seconds', late: true, isEnded: true } },
    { status: 'rejected', reason: { late: true } },
  ]);
  expect(workers[0]!.isEnded).toBe(true);
  const next = asker.ask('double', 5);
  expect(workers).toHaveLength(2);
  // What the old one still says is not heard.
  workers[0]!.answer({ id: workers[1]!.asked[0]!.id, value: -1 });
  workers[1]!.answer({ id: workers[1]!.asked[0]!.id, value: 10 });
  expect(await next).toBe(10);
});

test('each question has the whole time', async () => {
  const asker = sums();
  const both = Promise.all([asker.ask('double', 1), asker.ask('double', 2)]);
  const [worker] = workers;
  await vi.advanceTimersByTimeAsync(900);
  worker!.answer({ id: worker!.asked[0]!.id, value: 2 });
  await vi.advanceTimersByTimeAsync(900);
  worker!.answer({ id: worker!.asked[1]!.id, value: 4 });
  expect(await both).toEqual([2, 4]);
  await vi.advanceTimersByTimeAsync(5000);
  expect(worker!.isEnded).toBe(false);
});

test('a refusal and a script that cannot be loaded are sentences', async () => {
  const asker = sums();
  const refused = asker.ask('double', 1);
  workers[0]!.answer({ id: workers[0]!.asked[0]!.id, failed: 'no network' });
  await expect(refused).rejects.toMatchObject({ message: 'no network', late: false, isEnded: false });
  const broken = asker.ask('double', 1);
  workers[0]!.fail('');
  await expect(broken).rejects.toMatchObject({ message: 'the worker could not be loaded', late: false, isEnded: true });
  expect(asker.isRunning()).toBe(false);
});
