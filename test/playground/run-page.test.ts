// The page's side of running a network, without a browser: only the newest input is run, and only what changed is asked for.

import { expect, test } from 'vitest';
import { latest } from '../../src/playground/page/run/latest.ts';
import { createSession, MAX_LIVE_FLOPS } from '../../src/playground/page/run/session.ts';
import type { Asked, NamedWeights } from '../../src/playground/page/run/session.ts';
import { runSession } from '../../src/playground/run/session.ts';
import type { RunCalls } from '../../src/playground/run/protocol.ts';

test('while one run is under way, the newest of many strokes is the only one that follows', async () => {
  let newest = 0;
  const seen: number[] = [];
  const waiting: (() => void)[] = [];
  const refresh = latest(
    async () => {
      seen.push(newest);
      await new Promise<void>((resolve) => waiting.push(resolve));
    },
    () => {},
  );
  for (newest = 1; newest <= 100; newest += 1) refresh();
  newest = 100;
  expect(seen).toEqual([1]);
  waiting[0]!();
  await expect.poll(() => seen).toEqual([1, 100]);
});

test('an error is told, and the next request runs', async () => {
  const told: unknown[] = [];
  let runs = 0;
  const refresh = latest(
    async () => {
      runs += 1;
      if (runs === 1) throw new Error('once');
    },
    (error) => told.push((error as Error).message),
  );
  refresh();
  await expect.poll(() => told).toEqual(['once']);
  refresh();
  await expect.poll(() => runs).toBe(2);
});

/** The worker's session in this process, with the names of what it was asked. */
function spied() {
  const calls = runSession(() => 0) as unknown as Record<string, (...args: unknown[]) => unknown>;
  const names: string[] = [];
  const worker = { isRunning: true };
  const ask = async (name: string, ...args: unknown[]): Promise<unknown> => {
    names.push(name);
    return calls[name]!(...args);
  };
  const session = createSession({ ask, isRunning: () => worker.isRunning, end: () => {} } as unknown as Parameters<
    typeof createSession
  >[0]);
  return { session, names, worker };
}

const text = 'network Sum { input x: [2]\n s = dense(1) -> relu\n output s }';
const weights: NamedWeights = { source: { kind: 'random', seed: 1 }, title: 'random' };
const asked = (more: Partial<Asked> = {}): Asked => ({
  program: { text },
  weights,
  numbers: { x: [1, 2] },
  layerOf: ({ layers }) => layers[1],
  at: () => 0,
  mayRun: ({ flops }) => flops <= MAX_LIVE_FLOPS,
  ...more,
});

test('only what changed is asked for', async () => {
  const { session, names } = spied();
  const asks = async (more?: Partial<Asked>): Promise<readonly string[]> => {
    names.length = 0;
    await session.ask(asked(more));
    return [...names];
  };
  expect(await asks()).toEqual(['open', 'load', 'see', 'arithmetic'] satisfies (keyof RunCalls)[]);
  // Another place of the same layer.
  expect(await asks()).toEqual(['arithmetic']);
  expect(await asks({ numbers: { x: [3, 4] } })).toEqual(['see', 'arithmetic']);
  expect(await asks({ layerOf: ({ layers }) => layers[2] })).toEqual(['see', 'arithmetic']);
  expect(await asks({ weights: { ...weights } })).toEqual(['load', 'see', 'arithmetic']);
  expect(await asks({ program: { text: `${text}\n` } })).toEqual(['open', 'load', 'see', 'arithmetic']);
});

test('a network that may not run is only opened', async () => {
  const { session, names } = spied();
  const { opened, seen } = await session.ask(asked({ mayRun: () => false }));
  expect({ network: opened.network, seen, names }).toEqual({ network: 'Sum', seen: undefined, names: ['open'] });
});

test('another worker is told all again', async () => {
  const { session, names, worker } = spied();
  await session.ask(asked());
  names.length = 0;
  worker.isRunning = false;
  await session.ask(asked());
  expect(names).toEqual(['open', 'load', 'see', 'arithmetic'] satisfies (keyof RunCalls)[]);
});
