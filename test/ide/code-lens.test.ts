// What stands over networks and blocks: LeNet of Dive into Deep Learning, section 7.6, whose first layer has 6·(25 + 1) = 156
// parameters and 6·25·28·28 = 117,600 MACs.

import { expect, test } from 'vitest';
import { codeLens } from '../../src/ide/code-lens.ts';
import { analysisOf, lenet } from './support.ts';

const lensesOf = (text: string): readonly string[] =>
  codeLens(analysisOf(text)).map(({ range, title }) => `${text.slice(range.start, range.end)}: ${title}`);

test('a network', () => {
  expect(lensesOf(lenet())).toEqual(['Net: 156 parameters · 117,600 MACs']);
});

test('a block: per call, and from the least to the most where calls differ', () => {
  const block = 'block stage(width: int) {\n  conv(width, kernel: 1)\n}\n';
  // 8·(6 + 1) parameters, 8·6·14·14 MACs; 6·(8 + 1) and 6·8·14·14
  expect(lensesOf(block + lenet('stage(8)'))[0]).toBe('stage: 56 parameters · 9,408 MACs · 1 call');
  expect(lensesOf(block + lenet('stage(8)', 'stage(6)'))[0]).toBe('stage: 54 to 56 parameters · 9,408 MACs · 2 calls');
  expect(lensesOf(block + lenet())).toHaveLength(1);
});

test('budgets that are not kept, and those that are not measured', () => {
  expect(lensesOf(`${lenet()}expect Net { macs <= 100k  parameters == 156  peak_memory <= 1KiB }`)).toEqual([
    'Net: 156 parameters · 117,600 MACs',
    'Net: macs <= 100k is not kept: 117,600',
    'Net: memory, size and kernel calls are not measured while typing',
  ]);
});

test('over a network with a mistake, what is known', () => {
  expect(lensesOf(lenet('nothing'))).toEqual(['Net: 156 parameters · 117,600 MACs, as far as known']);
  const half = 'block stage(width: int) {\n  conv(width, kernel: 1) -> re\n}\n';
  expect(lensesOf(half + lenet('stage(8)'))).toEqual([
    'stage: 56 parameters · 9,408 MACs · 1 call, as far as known',
    'Net: 212 parameters · 127,008 MACs, as far as known',
  ]);
});

test('no line comes or goes while a line is typed', () => {
  const block = 'block stage(width: int) {\n  conv(width, kernel: 1)\n}\n';
  const typed = 'conv(16, kernel: 5) -> sigmoid -> avg_pool(2)';
  for (let end = 0; end <= typed.length; end += 1)
    expect(lensesOf(block + lenet('stage(8)', typed.slice(0, end))), typed.slice(0, end)).toHaveLength(2);
});
