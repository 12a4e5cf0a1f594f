// Bodies of requests: what they may take, whatever their pieces are, and that it is given back.

import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { bodyMemory } from '../../src/serve/body.ts';

const pieces = (...sizes: readonly number[]): Readable =>
  Readable.from(
    sizes.map((size, at) => new Uint8Array(size).fill(at + 1)),
    { objectMode: true },
  );

test('pieces of any size are joined', async () => {
  const memory = bodyMemory({ each: 10, together: 20 });
  const { bytes, release } = await memory.read(pieces(1, 2, 0, 4, 3), undefined);
  expect([...bytes]).toEqual([1, 2, 2, 4, 4, 4, 4, 5, 5, 5]);
  expect(bytes.buffer.byteLength).toBe(10);
  expect(memory.used).toBe(10);
  release();
  release();
  expect(memory.used).toBe(0);
  expect((await memory.read(pieces(), 0)).bytes).toHaveLength(0);
});

test('one over the limit is refused, declared or not', async () => {
  const memory = bodyMemory({ each: 10, together: 20 });
  await expect(memory.read(pieces(1), 11)).rejects.toMatchObject({ status: 413 });
  await expect(memory.read(pieces(6, 5), undefined)).rejects.toMatchObject({ status: 413 });
  expect(memory.used).toBe(0);
});

test('all together have a limit, too', async () => {
  const memory = bodyMemory({ each: 10, together: 20 });
  const held = await Promise.all([memory.read(pieces(10), 10), memory.read(pieces(9), 9)]);
  await expect(memory.read(pieces(2), 2)).rejects.toMatchObject({ status: 429 });
  expect(memory.used).toBe(19);
  for (const { release } of held) release();
  expect((await memory.read(pieces(2), 2)).bytes).toHaveLength(2);
});

test('one whose connection ends is refused, also where that was before it was read', async () => {
  const memory = bodyMemory({ each: 10, together: 20 });
  const cut = new Readable({ read() {} });
  cut.push(new Uint8Array(3));
  const reading = memory.read(cut, 5);
  setTimeout(() => cut.destroy(), 10);
  await expect(reading).rejects.toMatchObject({ status: 400 });
  await expect(memory.read(cut, 5)).rejects.toMatchObject({ status: 400 });
  expect(memory.used).toBe(0);
});

test('a body of single bytes takes little more memory than they are', async () => {
  const count = 1 << 20;
  const memory = bodyMemory({ each: count, together: count });
  // Each a view of a large buffer, as Node's parser of HTTP gives them.
  const one = new Uint8Array(1 << 16);
  const stream = new Readable({ objectMode: true, read() {} });
  const reading = memory.read(stream, undefined);
  // It flows from the next turn on.
  await new Promise((resolve) => setImmediate(resolve));
  const before = process.memoryUsage();
  for (let at = 0; at < count; at += 1) stream.push(one.subarray(at % one.length, (at % one.length) + 1));
  const after = process.memoryUsage();
  stream.push(null);
  expect((await reading).bytes).toHaveLength(count);
  expect(after.heapUsed - before.heapUsed).toBeLessThan(64 * count);
});
