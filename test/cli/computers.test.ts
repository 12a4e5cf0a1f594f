// What computes for a worker, which may end at any moment, as its worker may.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openComputers } from '../../src/cli/queue/computers.ts';
import type { Computers } from '../../src/cli/queue/computers.ts';

const computing = new URL('fixtures/computing.mjs', import.meta.url);
const processor = new URL('../../src/cli/queue/processor.ts', import.meta.url);

let said = '';
let computers: Computers;
beforeEach(() => {
  said = '';
  computers = openComputers(computing, (text) => (said += text));
});
afterEach(() => computers.close());

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('one process computes one job after the other, and two compute two at once', async () => {
  const first = await computers.compute({});
  expect(first).not.toBe(process.pid);
  expect(await computers.compute({})).toBe(first);
  const both = await Promise.all([computers.compute({ ms: 300 }), computers.compute({})]);
  expect(both[0]).toBe(first);
  expect(both[1]).not.toBe(first);
  computers.close();
  await expect.poll(() => both.some(isThere), { timeout: 20_000 }).toBe(false);
});

test.each([
  ['exit', 'what computed it ended with exit code 7'],
  ['throw', 'what computed it ended with exit code 1'],
  ['die', 'what computed it ended by SIGKILL'],
])('a job that ends its process fails (%s), and the next has another', async (job, message) => {
  const first = await computers.compute({});
  await expect(computers.compute(job)).rejects.toThrow(message);
  if (job === 'throw') await expect.poll(() => said).toContain('nobody catches this');
  expect(await computers.compute({})).not.toBe(first);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s, before a process can wait for it, costs a job nothing',
  async (signal) => {
    const first = await computers.compute({});
    const second = computers.compute({ second: 60_000 });
    process.kill(first, signal);
    expect(await second).not.toBe(first);
  },
);

test('a job that fails leaves its process to the next', async () => {
  const first = await computers.compute({});
  await expect(computers.compute('fail')).rejects.toThrow('it is no job');
  expect(await computers.compute({})).toBe(first);
});

test('a process that ends while it starts fails its job', async () => {
  const ending = openComputers(new URL('fixtures/none.mjs', import.meta.url), () => {});
  await expect(ending.compute({})).rejects.toThrow('what computed it ended with exit code 1');
});

test('a process that died while it had nothing to do is not given a job', async () => {
  const first = await computers.compute({});
  process.kill(first, 'SIGKILL');
  await expect.poll(() => isThere(first), { timeout: 20_000 }).toBe(false);
  await pause(0);
  expect(await computers.compute({})).not.toBe(first);
});

test.each([0, 200])('what computes ends with its worker, %d ms after it was started', async (ms) => {
  const child = fork(processor, { stdio: 'ignore' });
  child.send({ job: { index: 0 } });
  await pause(ms);
  child.disconnect();
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(20_000) });
  expect(await ended.finally(() => child.kill('SIGKILL'))).toEqual([0, null]);
});

test('what computes is not ended by what asks its worker to end', async () => {
  const real = openComputers(processor, () => {});
  const refusal = 'this job is none that `cnnc predict` has sent';
  await expect(real.compute(null)).rejects.toThrow(refusal);
  real.close();
  const child = fork(processor, { stdio: 'ignore' });
  child.send({ job: 7 });
  expect(await once(child, 'message')).toEqual([{ error: refusal }, undefined]);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) child.kill(signal);
  child.send({ job: 7 });
  expect(await once(child, 'message')).toEqual([{ error: refusal }, undefined]);
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
