// What the benchmark of typing measures is what it says: a file of 60 blocks and 1,013 lines, and texts one letter apart.

import { expect, test } from 'vitest';
import { keystrokes } from '../support/keystrokes.ts';
import { BLOCKS, LINES, longFile } from '../support/long-file.ts';
import { analysisOf } from './support.ts';

test('the long file has its lines and blocks, all of them called, and no mistake', () => {
  const text = longFile();
  const { diagnostics, file, seen, networks } = analysisOf(text);
  expect(text.split('\n')).toHaveLength(LINES + 1);
  expect(diagnostics).toEqual([]);
  expect(file.definitions.filter(({ kind }) => kind === 'block')).toHaveLength(BLOCKS);
  expect(seen[0]!.blocks).toHaveLength(BLOCKS);
  expect(networks.map(({ name }) => name)).toEqual(['Long']);
});

test('keystrokes are one letter apart, and end with the text as it was', () => {
  const text = longFile();
  let before = text;
  for (const { text: now, caret, step } of keystrokes(text, 200)) {
    expect(Math.abs(now.length - before.length)).toBe(1);
    expect(caret).toBeLessThanOrEqual(now.length);
    expect(now.slice(step)).toMatch(/^\w+\(/);
    before = now;
  }
});
