// Many mistakes: a hundred are shown and all are counted, --fix repairs them together, and no message grows with the text.

import { expect, test } from 'vitest';
import { fixText } from '../../src/edit/fix.ts';
import { capped, countsOf, summaryOf } from '../../grammar/counts.ts';
import { renderDiagnostic } from '../../grammar/render.ts';
import { body, compile } from '../frontend/support.ts';

const many = (line: string, count: number): string => body(Array(count).fill(line).join('\n'));

test('a hundred diagnostics are shown, all are counted', () => {
  const { diagnostics } = compile(many('tanhh', 250));
  expect(capped(diagnostics)).toHaveLength(100);
  expect(countsOf(diagnostics)).toEqual({ errors: 250, warnings: 0 });
  expect(summaryOf([diagnostics, []])).toBe('250 errors in 1 of 2 files');
  expect(countsOf(compile(many('relu => relu', 250)).diagnostics).errors).toBe(250);
});

// The steps of another framework are one change; an argument of another framework is one in each step.
test.each([
  ['ReLU()', 'relu', 1],
  ['conv(8, kernel: 1, strides: 1)', 'conv(8, kernel: 1, stride: 1)', 500],
])('fixes of %s are applied together: a few rounds, however many there are', (wrong, right, count) => {
  let rounds = 0;
  const { text, changes } = fixText('main.cnn', many(wrong, 500), (attempt) => {
    rounds += 1;
    return compile(attempt).diagnostics;
  });
  expect(text).toBe(many(right, 500));
  expect(changes).toHaveLength(count);
  expect(rounds).toBeLessThanOrEqual(3);
});

test('a diagnostic is short whatever it speaks of', () => {
  const name = 'a'.repeat(100_000);
  for (const text of [
    name,
    `conv(${name}, kernel: 3)`,
    `relu([${'1, '.repeat(20_000)}])`,
    `Conv2d(${'1, '.repeat(5_000)}1)`,
  ])
    for (const diagnostic of compile(body(text)).diagnostics)
      for (const line of renderDiagnostic(diagnostic).split('\n')) expect(line.length).toBeLessThan(1000);
});
