// Files of class names: what is no list of names is refused, and nothing of it is printed.

import { expect, test } from 'vitest';
import { readLabels } from '../../src/data/labels.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('names as long as names are', () => {
  expect(readLabels(bytes(`a\r\n${'b'.repeat(10_000)}\n\n`))).toEqual(['a', 'b'.repeat(10_000)]);
});

test('a text in the place of names', () => {
  expect(() => readLabels(bytes(`a\n${'b'.repeat(3_000_000)}\nc`))).toThrow(
    'a class name has at most 10000 characters, and a line of its own; found 3000000 characters in line 2',
  );
});
