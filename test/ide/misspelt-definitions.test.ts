// A word in the place of `network`, `block`, `train`, … costs one error: what stands behind it keeps its meaning. The shapes are those of
// LeNet in Dive into Deep Learning, section 7.6.

import { expect, test } from 'vitest';
import { completion } from '../../src/ide/completion.ts';
import { symbols } from '../../src/ide/symbols.ts';
import { analysisOf, atCaret, seenSteps } from './support.ts';

const text = (network: string, block = 'block'): string => `${block} stage(width: int) {
  avg_pool(2) -> conv(width, kernel: 5)
}

${network} Net {
  input image: [1, 28, 28]
  conv(6, kernel: 5, padding: 2)
  stage(16)
}
`;
const shapes = ['avg_pool(2) 6×14×14', 'conv(6, kernel: 5, padding: 2) 6×28×28', 'conv(width, kernel: 5) 16×10×10'];

/** The text with the only fix of its only error. */
function mended(wrong: string): string {
  const { diagnostics } = analysisOf(wrong);
  expect(diagnostics.map(({ code }) => code)).toEqual(['syntax/definition']);
  const [edit] = diagnostics[0]!.fixes![0]!.edits!;
  return wrong.slice(0, edit!.span.start) + edit!.text + wrong.slice(edit!.span.end);
}

test.each(['netw', 'n', 'Network', 'networks', 'netwrok', 'class', 'Class', 'model', 'net'])('%s Net {', (word) => {
  const analysis = analysisOf(text(word));
  expect(seenSteps(analysis).toSorted()).toEqual(shapes);
  expect(symbols(analysis).map(({ name }) => name)).toEqual(['stage', 'Net']);
  expect(mended(text(word))).toBe(text('network'));
});

test.each(['blok', 'b', 'Block', 'func', 'def', 'function'])('%s stage(width: int) {', (word) => {
  expect(seenSteps(analysisOf(text('network', word))).toSorted()).toEqual(shapes);
  expect(mended(text('network', word))).toBe(text('network'));
});

test.each([
  ['trian Net {\n  optimizer: adam\n}\n', 'train'],
  ['expct Net {\n  parameters <= 10k\n}\n', 'expect'],
  ['cosnt deep = 3\n', 'const'],
])('%j is one mistake', (wrong, keyword) => {
  expect(mended(text('network') + wrong)).toBe(text('network') + wrong.replace(/^\w+/, keyword));
});

// The word is near to no keyword: what is in the braces says which is meant.
test.each([
  ['foo Net {', 'network Net {'],
  ['Sequential Net {', 'network Net {'],
  ['Net {', 'network Net {'],
  ['export network Net {', 'network Net {'],
])('%s is one mistake, and the rest keeps its meaning', (wrong, right) => {
  const whole = text('network');
  const given = whole.replace('network Net {', wrong);
  const analysis = analysisOf(given);
  expect(seenSteps(analysis).toSorted()).toEqual(shapes);
  expect(symbols(analysis).map(({ name }) => name)).toEqual(['stage', 'Net']);
  expect(mended(given)).toBe(whole.replace('network Net {', right));
});

test.each(['foo stage(width: int) {', 'stage(width: int) {', 'public block stage(width: int) {'])(
  '%s is a block, as nothing comes in',
  (wrong) => {
    const given = text('network').replace('block stage(width: int) {', wrong);
    expect(seenSteps(analysisOf(given)).toSorted()).toEqual(shapes);
    expect(mended(given)).toBe(text('network'));
  },
);

test.each([
  ['foo Net { optimizer: adam }', 'train Net { optimizer: adam }'],
  ['Net {\n  optimizer: adam\n}', 'train Net {\n  optimizer: adam\n}'],
  ['foo Net { parameters <= 10k }', 'expect Net { parameters <= 10k }'],
  ['Net { output == [16, 3, 3] }', 'expect Net { output == [16, 3, 3] }'],
])('%j is a section', (wrong, right) => {
  expect(mended(`${text('network')}${wrong}\n`)).toBe(`${text('network')}${right}\n`);
});

test('mistakes in the braces are told, too', () => {
  for (const begin of ['foo Net', 'Net', 'export network Net', 'network Net']) {
    const { diagnostics } = analysisOf(`${begin} {\n  input image: [1, 28, 28]\n  cnov(6, kernel: 5)\n}\n`);
    const codes = diagnostics.map(({ code }) => code);
    expect([begin, codes]).toEqual([
      begin,
      [...(begin === 'network Net' ? [] : ['syntax/definition']), 'name/unknown-step'],
    ]);
  }
});

test('names in the braces of a definition without its keyword are completed and have hovers', () => {
  const { analysis, offset } = atCaret('Net {\n  input image: [1, 8, 8]\n  side = relu\n  add(sid|)\n}\n');
  expect(completion(analysis, offset).map(({ label }) => label)).toContain('side');
});

test('a misspelt import is one mistake, whatever follows it', () => {
  expect(mended('impot "x.cnn"\n' + text('network'))).toBe('import "x.cnn"\n' + text('network'));
});

test('names behind a misspelt word are completed in its body and below', () => {
  const { analysis, offset } = atCaret('blok b(width: int) {\n  conv(wid|)\n}\n');
  expect(completion(analysis, offset).map(({ label }) => label)).toContain('width');
  const below = atCaret(`${text('network', 'blok')}network Two {\n  input image: [1, 8, 8]\n  sta|\n}\n`);
  expect(completion(below.analysis, below.offset).map(({ label }) => label)).toContain('stage');
  const settings = atCaret(`${text('network')}trian Net {\n  epo|\n}\n`);
  expect(completion(settings.analysis, settings.offset).map(({ label }) => label)).toContain('epochs');
});

test('names on lines of their own stay names', () => {
  expect(analysisOf('network\n  net {\n  input image: [1, 8, 8]\n  relu\n}\n').diagnostics).toEqual([]);
});
