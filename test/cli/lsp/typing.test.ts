// Diagnostics while somebody types: nothing new is said between two keys, and what is mended vanishes with the next one.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPublisher } from '../../../src/cli/lsp/publisher.ts';
import { isTyped } from '../../../src/cli/lsp/typed.ts';
import { shownBefore } from '../../../src/ide/calm.ts';

const change = (text: string, taken = 0, lines = 0) => ({
  text,
  range: { start: { line: 3, character: 5 }, end: { line: 3 + lines, character: 5 + taken } },
});

test.each([
  ['a key', [change('c')], true],
  ['a bracket with the one that closes it', [change('()')], true],
  ['a new line with its indentation', [change('\n    ')], true],
  ['a new line between braces', [change('\n    \n  ')], true],
  ['a key taken back', [change('', 1)], true],
  ['a key at several carets', [change('c'), change('c')], true],
  ['a word pasted', [change('sigmoid')], false],
  ['a word taken away', [change('', 7)], false],
  ['lines taken away', [change('', 0, 1)], false],
  ['another whole text', [{ text: 'c' }], false],
  ['the whole text with one key more', [{ text: 'ab\nccd' }], true],
  ['the whole text with a key taken back', [{ text: 'a\ncd' }], true],
  ['the whole text with a word more', [{ text: 'ab\ncd relu' }], false],
  ['the whole text with one line less', [{ text: 'abcd' }], false],
])('%s', (_, changes, typed) => expect(isTyped(changes, 'ab\ncd')).toBe(typed));

describe('what is shown already', () => {
  const shown = { text: 'ab cd ef', starts: [3] };
  test.each([
    ['ab cd ef', 3, true],
    ['ab\n cd ef', 4, true],
    ['ab cde ef', 3, true],
    ['ab c ef', 3, true],
    ['ab cd efg', 3, true],
    ['ab cd ef', 6, false],
    ['cd ef', 0, true],
  ])('in %j at %i: %j', (text, start, known) => {
    expect(shownBefore(shown, text)(start)).toBe(known);
  });
});

describe('the publisher', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** What is published while edits come, each after its milliseconds: `45ms a, half`. */
  function published(...edits: readonly (readonly [after: number, uri: string, typed?: boolean])[]): readonly string[] {
    const found: string[] = [];
    const start = performance.now();
    const publisher = createPublisher((uris, isTyping) => {
      found.push(`${Math.round(performance.now() - start)} ${uris.join(' ')}${isTyping ? ', half' : ''}`);
    });
    for (const [after, uri, typed] of edits) {
      vi.advanceTimersByTime(after);
      publisher.touch(uri, typed);
    }
    vi.advanceTimersByTime(5000);
    return found;
  }

  test('says all soon after a text was opened, pasted or changed elsewhere', () => {
    expect(published([0, 'a'], [10, 'b'])).toEqual(['70 a b']);
  });

  test('says half while keys come, and all in the next rest, once', () => {
    expect(published([0, 'a', true], [200, 'a', true], [200, 'a', true])).toEqual([
      '60 a, half',
      '260 a, half',
      '460 a, half',
      '900 a',
    ]);
  });

  test('puts an answer off for some time only, however fast the keys come', () => {
    const keys = Array.from({ length: 40 }, () => [30, 'a', true] as const);
    const found = published(...keys);
    expect(found.slice(0, -1).every((one) => one.endsWith('half'))).toBe(true);
    expect(found.slice(0, -1).length).toBeGreaterThanOrEqual(2);
    expect(found.at(-1)).toBe('1700 a');
  });

  test('says all at once where a paste follows keys, and no more behind it', () => {
    expect(published([0, 'a', true], [30, 'a', false])).toEqual(['90 a']);
  });

  test('stops', () => {
    const found: string[] = [];
    const publisher = createPublisher((uris) => void found.push(...uris));
    publisher.touch('a', true);
    publisher.touch('b', true);
    publisher.forget('a');
    vi.advanceTimersByTime(100);
    publisher.stop();
    vi.advanceTimersByTime(5000);
    expect(found).toEqual(['b']);
  });
});
