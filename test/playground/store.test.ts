// The program of the page: the newest edit wins, every pause ends in an answer, and what was too much is said.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WorkerError } from '../../src/playground/page/client.ts';
import type { Client } from '../../src/playground/page/client.ts';
import type { ProgramState } from '../../src/playground/page/state.ts';
import { createStore } from '../../src/playground/page/store.ts';
import type { LanguageCalls, Look } from '../../src/playground/protocol.ts';

interface Asked {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly answer: (value: unknown) => void;
  readonly fail: (error: Error) => void;
}

let asked: Asked[] = [];
let states: ProgramState[] = [];
let isRunning = true;
const language = {
  ask: (name: string, ...args: readonly unknown[]) =>
    new Promise((answer, fail) => void asked.push({ name, args, answer, fail })),
  isRunning: () => isRunning,
  end: () => {},
} as unknown as Client<LanguageCalls>;
const nothing: Look = { diagnostics: [], networks: [], isSound: true };
const looks = (): readonly Asked[] => asked.filter(({ name }) => name === 'look');
const told = (): readonly unknown[] =>
  asked.filter(({ name }) => name === 'tell').map(({ args: [program] }) => program);

beforeEach(() => {
  [asked, states] = [[], []];
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

const started = () => createStore(language, { text: '' }, (state) => void states.push(state));

test('edits that follow one another are one question', async () => {
  const store = started();
  for (const text of ['n', 'ne', 'net']) {
    store.edit({ text }, 'soon');
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(looks()).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(200);
  expect(told()).toEqual([{ text: 'net' }]);
  looks()[0]!.answer(nothing);
  await vi.advanceTimersByTimeAsync(0);
  expect(states.map(({ text }) => text)).toEqual(['net']);
});

test('an answer about an older text is not shown; the newest text has its own', async () => {
  const store = started();
  store.edit({ text: 'old' }, 'now');
  store.edit({ text: 'new' }, 'now');
  expect(looks()).toHaveLength(1);
  looks()[0]!.answer(nothing);
  await vi.advanceTimersByTimeAsync(0);
  expect(states).toEqual([]);
  looks()[1]!.answer(nothing);
  await vi.advanceTimersByTimeAsync(0);
  expect(told()).toEqual([{ text: 'old' }, { text: 'new' }]);
  expect(states.map(({ text }) => text)).toEqual(['new']);
});

test('a text that was too much is said, and not asked about again; the next one is', async () => {
  const store = started();
  store.edit({ text: 'bomb' }, 'now');
  looks()[0]!.fail(new WorkerError('stopped: it took more than 5 seconds', 'late'));
  await vi.advanceTimersByTimeAsync(0);
  expect(states.at(-1)?.diagnostics[0]?.message).toContain('takes too long to analyse');
  const before = asked.length;
  expect(await store.ask('hover', 0)).toBeUndefined();
  store.choose('N');
  expect(asked).toHaveLength(before);
  store.edit({ text: 'small' }, 'now');
  looks().at(-1)!.answer(nothing);
  await vi.advanceTimersByTimeAsync(0);
  // The worker is a new one, which knows nothing.
  expect(told()).toEqual([{ text: 'bomb' }, { text: 'small' }]);
  expect(states.at(-1)).toMatchObject({ text: 'small', diagnostics: [] });
});

test('a text that no file may have is not sent', async () => {
  const store = started();
  store.edit({ text: ' '.repeat(2 ** 20 + 1) }, 'now');
  expect(asked).toEqual([]);
  expect(states.at(-1)?.diagnostics[0]?.message).toContain('1,048,576');
});

test('what was asked about an older text has no answer', async () => {
  const store = started();
  const hover = store.ask('hover', 3);
  store.edit({ text: 'new' }, 'soon');
  asked.find(({ name }) => name === 'hover')!.answer({ markdown: 'old' });
  expect(await hover).toBeUndefined();
});

test('another worker is told the text again', async () => {
  const store = createStore(language, { text: 'first' }, () => {});
  store.edit({ text: 'second' }, 'now');
  void store.ask('hints');
  expect(told()).toEqual([{ text: 'second' }]);
  isRunning = false;
  void store.ask('hints');
  isRunning = true;
  expect(told()).toEqual([{ text: 'second' }, { text: 'second' }]);
});
