// Engines that answer with a promise are measured until it is fulfilled, those that answer at once wait for none.

import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { variantOf } from './ours.ts';
import { playerOf, takeTurns } from './turns.ts';

const DELAY_MS = 10;

test('both kinds of engines take turns', async () => {
  const [x, y] = [new Float32Array(1), new Float32Array(1)];
  const order: string[] = [];
  const note = (name: string): Float32Array => {
    if (order.at(-1) !== name) order.push(name);
    return y;
  };
  const [later, now] = await takeTurns(
    [
      playerOf({ name: 'later', isAsync: true, run: async () => (await pause(DELAY_MS), note('later')) }, x),
      playerOf({ name: 'now', run: () => note('now') }, x),
    ],
    { rounds: 4, milliseconds: 0, pauseMs: 0 },
  );
  expect([later!.engine, now!.engine]).toEqual(['later', 'now']);
  // Timers may fire up to a millisecond early.
  expect(later!.minimumMs).toBeGreaterThan(DELAY_MS - 1.5);
  expect(now!.minimumMs).toBeLessThan(0.1);
  expect(later!.runs).toBeGreaterThanOrEqual(8);
  // The warm-up, then four rounds in which who begins changes.
  expect(order).toEqual(['later', 'now', 'later', 'now', 'later', 'now', 'later']);
});

test('targets of ours', () => {
  expect(variantOf('js', 2)).toEqual({ name: 'cnnc js', target: 'js', math: 'default', flags: [], threads: 1 });
  const wide = { target: 'wasm', math: 'fast', flags: ['wide', 'bf16'], threads: 2 };
  expect(variantOf('wasm:fast:wide:bf16', 2)).toEqual({ name: 'cnnc wasm:fast:wide:bf16', ...wide });
  expect(() => variantOf('cobol', 1)).toThrow('cobol: expected one of js, wasm, found cobol');
  expect(() => variantOf('js:new', 1)).toThrow('js:new: expected one of default, strict, fast, found new');
});
