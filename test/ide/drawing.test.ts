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

describe('while the text has errors', () => {
  const at = (changed: string, word: string, name?: string): string => {
    const found = networkAt(analyse({ path: 'net.cnn', text: changed }), changed.indexOf(word), name);
    return 'refused' in found ? found.refused : `${found.name}: ${found.graph.nodes.length} steps`;
  };
  const body = '  input image: [1, 8, 8]\n  conv(4, kernel: 3)\n';
  const whole = `network A {\n${body}}\n`;

  // All shapes are known: that of the only step is [4, 6, 6].
  test.each([
    ['a setting', `${whole}train A { epochs: many }`],
    ['a line of a section', `${whole}train A {\n  loss cross_entropy\n}`],
    ['a section of no network', `${whole}train B { loss: cross_entropy  optimizer: adam }`],
    ['a budget that is not kept', `${whole}expect A { macs <= 3 }`],
    ['a budget that is none', `${whole}expect A { speed <= 3 }`],
    ['a setting of an input', whole.replace('[1, 8, 8]', '[1, 8, 8] { scale: much }')],
    ['a constant that nothing reads', `const a = 3 +\n${whole}`],
    ['a block that nothing calls', `block b {\n  dens(3)\n}\n${whole}`],
    ['another network', `${whole}network B {\n  dens(3)\n}`],
    ['an import that nothing reads', `import { head } from "./none.cnn"\n${whole}`],
    ['the word before it', whole.replace('network', 'foo')],
  ])('in %s, a network is shown', (_, changed) => {
    expect(analyse({ path: 'net.cnn', text: changed }).diagnostics.some(({ severity }) => severity === 'error')).toBe(
      true,
    );
    expect(at(changed, 'conv(4')).toBe('A: 1 steps');
    expect(at(changed, 'A {')).toBe('A: 1 steps');
  });

  test('in a section, it is shown where the caret is in that, too', () => {
    expect(at(`${whole}train A { epochs: many }`, 'many')).toBe('A: 1 steps');
  });

  test('that keep it from being built, no other is shown in its place', () => {
    const broken = `network B {\n${body}  dens(3)\n}\n`;
    const unknown = 'B cannot be shown before its errors are mended: there is no operator, block or value `dens`';
    expect(at(`const x = 3 +\n${whole}${broken}`, 'dens')).toBe(unknown);
    expect(at(`${broken}${whole}`, 'dens')).toBe(unknown);
    expect(at(`${broken}${whole}train B { loss: mse }`, 'mse')).toBe(unknown);
    // Nobody says which one is meant: the first.
    expect(at(`\n${broken}${whole}`, '\n')).toBe(unknown);
    // A block that only such a network calls.
    expect(at(`${whole}block b {\n  dens(3)\n}\nnetwork B {\n${body}  b\n}\n`, 'dens')).toBe(
      'A cannot be shown before its errors are mended: there is no operator, block or value `dens`',
    );
    expect(at('network A {', 'A', 'A')).toMatch(/^A cannot be shown before its errors are mended: /);
    expect(at('relu -> )', 'relu')).toMatch(/^there is no network before the errors are mended: /);
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
