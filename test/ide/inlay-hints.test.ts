// Shapes behind the chains: those of LeNet in Dive into Deep Learning, section 7.6.

import { expect, test } from 'vitest';
import { inlayHints } from '../../src/ide/inlay-hints.ts';
import { analysisOf, lenet } from './support.ts';

/** The text with the hints in it. */
const hinted = (text: string): string =>
  inlayHints(analysisOf(text)).reduceRight(
    (all, { offset, label }) => `${all.slice(0, offset)} ⟨${label.trim()}⟩${all.slice(offset)}`,
    text,
  );

test('behind each chain', () => {
  expect(hinted(lenet('conv(16, kernel: 5) -> sigmoid', 'avg_pool(2)', 'flatten'))).toBe(`network Net {
  input image: [1, 28, 28]
  conv(6, kernel: 5, padding: 2) -> sigmoid -> avg_pool(2) ⟨[6, 14, 14]⟩
  conv(16, kernel: 5) -> sigmoid ⟨[16, 10, 10]⟩
  avg_pool(2) ⟨[16, 5, 5]⟩
  flatten ⟨[400]⟩
}
`);
});

test('not where the shape is written', () => {
  expect(hinted(lenet('relu : [6, 14, 14]'))).not.toContain('relu : [6, 14, 14] ⟨');
});

test('what flows into the step that is being typed, or has a mistake', () => {
  const line = (text: string): string | undefined => hinted(lenet(text)).split('\n')[3]?.trim();
  expect(line('conv(16, kernel: 5) ->')).toBe('conv(16, kernel: 5) ⟨[16, 10, 10]⟩ ->');
  expect(line('conv(16, kernel: 5) -> sig')).toBe('conv(16, kernel: 5) ⟨[16, 10, 10]⟩ -> sig');
  expect(line('conv(16, kernel: 5) -> avg_pool(2) -> conv(8, kernel: 9) -> relu')).toBe(
    'conv(16, kernel: 5) -> avg_pool(2) ⟨[16, 5, 5]⟩ -> conv(8, kernel: 9) -> relu',
  );
  expect(line('pool(2)')).toBe('pool(2)');
});

test('what stands before a sign, which may be the beginning of an arrow', () => {
  const line = (...rest: string[]): string | undefined =>
    hinted(lenet(...rest))
      .split('\n')[3]
      ?.trim();
  const conv = 'conv(16, kernel: 5)';
  for (const sign of ['-', '+', '*', '/']) {
    expect(line(`${conv} ${sign}`)).toBe(`${conv} ⟨[16, 10, 10]⟩ ${sign}`);
    expect(line(`${conv} ${sign}`, 'avg_pool(2)', 'flatten')).toBe(`${conv} ⟨[16, 10, 10]⟩ ${sign}`);
  }
  expect(line(`${conv} - ${conv} - avg_pool(2)`)).toBe(`${conv} ⟨[16, 10, 10]⟩ - ${conv} - avg_pool(2)`);
  expect(line(`${conv} - ${conv}`)).toBe(`${conv} - ${conv} ⟨[16, 10, 10]⟩`);
});

test('each key of a line keeps the shapes before it, and the last shows [16, 5, 5]', () => {
  const typed = 'conv(16, kernel: 5) -> sigmoid -> avg_pool(2)';
  const labels = Array.from(typed, (_, at) =>
    inlayHints(analysisOf(lenet('avg_pool(1)', typed.slice(0, at + 1)))).map(({ label }) => label),
  );
  for (const found of labels) expect(found[0]).toBe(' [6, 14, 14]');
  const third = labels.map((found) => found[2] ?? '');
  const changes = third.filter((label, at) => label !== third[at - 1]);
  expect(changes).toEqual(['', ' [16, 10, 10]', ' [16, 5, 5]']);
});

test('once per line, behind its last chain', () => {
  expect(hinted(lenet('a = relu  b = tanh'))).toContain('a = relu  b = tanh ⟨[6, 14, 14]⟩');
});

test('in a block for all calls together, with each call in the tooltip', () => {
  const text = (...calls: string[]): string =>
    `block stage(width: int, stride: int = 1) {\n  conv(width, kernel: 1, stride: stride)\n}\n${lenet(...calls)}`;
  const hint = (...calls: string[]) => inlayHints(analysisOf(text(...calls)))[0];
  expect(hint('stage(8)')).toMatchObject({ label: ' [8, 14, 14]' });
  expect(hint('stage(8)', 'stage(8)')).not.toHaveProperty('tooltip');
  expect(hint('stage(8)', 'wide = stage(16, stride: 2)')).toMatchObject({
    label: ' [8 | 16, 14 | 7, 14 | 7]',
    tooltip: 'stage1: [8, 14, 14]\nwide: [16, 7, 7]',
  });
  expect(hint('stage(8)', 'stage(16)', 'stage(4)', 'stage(64)')?.label).toBe(' [4 … 64, 14, 14]');
  const loop = inlayHints(analysisOf(lenet('for width in [8, 16] { conv(width, kernel: 1) }')))[1];
  expect(loop).toMatchObject({ label: ' [8 | 16, 14, 14]', tooltip: '[8, 14, 14]\n[16, 14, 14]' });
});

test('of a range only', () => {
  const text = lenet('relu', 'tanh');
  const start = text.indexOf('tanh');
  expect(inlayHints(analysisOf(text), { start, end: start + 4 })).toHaveLength(1);
});
