// The drawing of a network with the places of its boxes, and which network is meant at a caret.

import { expect, describe, test } from 'vitest';
import { analyse } from '../../src/ide/analysis.ts';
import { drawing, networkAt, STEP_LIMIT } from '../../src/ide/drawing.ts';
import { textOf } from '../../grammar/source.ts';

const text = `block unit(channels: int) {
  conv(channels, kernel: 3, padding: 1) -> relu
  max_pool(2)
}

network Free(width: int) {
  input image: [1, 28, 28]
  conv(width, kernel: 3)
}

network Small {
  input image: [1, 28, 28]
  unit(8)
  unit(16)
  flatten -> dense(10)
}

network Wide = Free(width: 64)

expect Small { output == [10] }
`;
const analysis = analyse({ path: 'net.cnn', text });
const meant = (word: string, name?: string): string => {
  const found = networkAt(analysis, text.indexOf(word) + 1, name);
  return 'refused' in found ? found.refused : found.name;
};

describe('the network at a caret', () => {
  test.each([
    ['in it', 'flatten', 'Small'],
    ['in an alias', 'Wide = ', 'Wide'],
    ['in what an alias fills in', 'conv(width', 'Wide'],
    ['in a block', 'max_pool', 'Small'],
    ['in a section', 'output ==', 'Small'],
  ])('%s', (_, word, name) => expect(meant(word)).toBe(name));
  test('may be named', () => expect(meant('flatten', 'Wide')).toBe('Wide'));
  test('that is not there, or has no values, is refused', () => {
    expect(meant('flatten', 'None')).toBe('the text has no network None');
    expect(meant('flatten', 'Free')).toMatch(/^Free has parameters without values/);
    expect(networkAt(analyse({ path: 'a.cnn', text: '' }), 0)).toEqual({ refused: 'the text has no network' });
  });
  test('that is too large is refused', () => {
    const large = `network N {\n  input image: [1, 8, 8]\n  repeat ${STEP_LIMIT + 1} { relu }\n}\n`;
    expect(networkAt(analyse({ path: 'a.cnn', text: large }), 0)).toEqual({
      refused: expect.stringMatching(/^N has 1001 steps/) as string,
    });
  });
});

describe('boxes', () => {
  const small = analysis.networks.find(({ name }) => name === 'Small')!;
  const seen = analysis.seen.find(({ name }) => name === 'Small');
  const placesOf = (toggled: readonly string[], id: string): readonly string[] | undefined =>
    drawing(small, seen, new Set(toggled))
      .boxes.find((box) => box.id === id)
      ?.spans.map(textOf);
  test('stand for steps with what joins them, for inputs and for calls of blocks', () => {
    expect(placesOf([], 'unit2.conv1')).toEqual(['conv(channels, kernel: 3, padding: 1)', 'relu']);
    expect(placesOf([], 'input image')).toEqual(['input image: [1, 28, 28]']);
    expect(placesOf([], 'block unit2')).toEqual(['unit(16)']);
  });
  test('that are folded stand for all that is in them', () => {
    expect(placesOf(['block unit2'], 'unit2.conv1')).toBeUndefined();
    expect(placesOf(['block unit2'], 'block unit2')).toEqual([
      'unit(16)',
      'conv(channels, kernel: 3, padding: 1)',
      'relu',
      'max_pool(2)',
    ]);
  });
});
