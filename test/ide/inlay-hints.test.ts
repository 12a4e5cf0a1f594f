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

test('not where the shape is written, and not behind half a chain', () => {
  expect(hinted(lenet('relu : [6, 14, 14]'))).not.toContain('relu : [6, 14, 14] ⟨');
  expect(hinted(lenet('relu -> tanh ->')).match(/⟨/g)).toHaveLength(1);
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
});

test('of a range only', () => {
  const text = lenet('relu', 'tanh');
  const start = text.indexOf('tanh');
  expect(inlayHints(analysisOf(text), { start, end: start + 4 })).toHaveLength(1);
});
