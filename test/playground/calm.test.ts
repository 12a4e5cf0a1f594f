// Problems while somebody types in the page: none appears between two keys, and a mended one vanishes with the next.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCalm } from '../../src/playground/page/calm.ts';
import type { ProgramState } from '../../src/playground/page/state.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function state(text: string, ...starts: readonly number[]): ProgramState {
  const diagnostics = starts.map((start) => {
    const problem = { start, end: start + 1, severity: 'error', code: 'name/unknown-step', message: 'm', fixes: [] };
    return problem as unknown as ProgramState['diagnostics'][number];
  });
  return { version: 1, text, diagnostics, networks: [], isCurrent: starts.length === 0, isSound: starts.length === 0 };
}

function watched() {
  const seen: string[] = [];
  const calm = createCalm(({ text, diagnostics, isCurrent }) => {
    seen.push(`${text} ${diagnostics.map(({ start }) => start).join(' ')}${isCurrent ? '' : ' !'}`);
  });
  return { seen, calm };
}

test('half a word is no problem before the keys rest', () => {
  const { seen, calm } = watched();
  calm.show(state('relu'));
  for (const text of ['relu s', 'relu si']) {
    calm.edited(true);
    vi.advanceTimersByTime(120);
    calm.show(state(text, 5));
    vi.advanceTimersByTime(200);
  }
  expect(seen).toEqual(['relu ', 'relu s ', 'relu si ']);
  vi.advanceTimersByTime(500);
  expect(seen.at(-1)).toBe('relu si 5 !');
  expect(seen).toHaveLength(4);
});

test('what is shown stays at its place, and vanishes when it is mended', () => {
  const { seen, calm } = watched();
  calm.show(state('rel dense', 0));
  calm.edited(true);
  calm.show(state('relx dense', 0));
  calm.edited(true);
  calm.show(state('relu dense', 5));
  expect(seen).toEqual(['rel dense 0 !', 'relx dense 0 !', 'relu dense ']);
});

test('what is pasted is judged at once', () => {
  const { seen, calm } = watched();
  calm.show(state('relu'));
  calm.edited(true);
  calm.edited(false);
  calm.show(state('relu sig', 5));
  expect(seen.at(-1)).toBe('relu sig 5 !');
});
