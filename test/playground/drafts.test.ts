// What was written is kept in the browser, as far as that keeps anything.

import { afterEach, expect, test, vi } from 'vitest';
import { drafts, ownDraft } from '../../src/playground/page/drafts.ts';

/** A browser's store with room for so many characters. */
function storeOf(room: number): Storage {
  const items: Record<string, string> = {};
  const size = (): number => Object.entries(items).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const methods = {
    getItem: (key: string) => items[key] ?? null,
    removeItem: (key: string) => void delete items[key],
    setItem: (key: string, value: string) => {
      const before = items[key];
      items[key] = value;
      if (size() <= room) return;
      if (before === undefined) delete items[key];
      else items[key] = before;
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(items, name, { value });
  return items as unknown as Storage;
}

function withStore(store: Storage | undefined): void {
  vi.stubGlobal('localStorage', store);
  vi.stubGlobal('sessionStorage', storeOf(1000));
}

afterEach(() => void vi.unstubAllGlobals());

const old = (saved: number): string => JSON.stringify({ saved, program: { text: `// ${saved} ${'x'.repeat(1000)}` } });

test('where the store is full, the oldest texts of other pages make room, and no more than are needed', async () => {
  const store = storeOf(12_000);
  for (let saved = 1; saved <= 11; saved += 1) store.setItem(`cnnc.draft.${saved}`, old(saved));
  withStore(store);
  const own = await ownDraft();
  expect(own.save({ text: 'y'.repeat(2000) })).toBeUndefined();
  const texts = drafts().map(({ program: { text } }) => text.slice(0, 6).trim());
  expect(texts[0]).toBe('yyyyyy');
  expect(texts.slice(1)).toEqual(['// 11', '// 10', '// 9 x', '// 8 x', '// 7 x', '// 6 x', '// 5 x', '// 4 x']);
});

test('of many pages the twelve newest texts are kept', async () => {
  const store = storeOf(1e6);
  for (let saved = 1; saved <= 20; saved += 1) store.setItem(`cnnc.draft.${saved}`, old(saved));
  withStore(store);
  (await ownDraft()).save({ text: 'new' });
  expect(drafts()).toHaveLength(12);
  expect(drafts()[0]!.program.text).toBe('new');
});

test('a browser that keeps nothing, and a text that is too long, are told apart', async () => {
  withStore(undefined);
  expect((await ownDraft()).save({ text: 'x' })).toMatch(/keeps nothing/);
  expect((await ownDraft()).save({ text: 'x'.repeat(2 ** 18 + 1) })).toMatch(/too long/);
});
