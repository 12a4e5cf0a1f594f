// The tour: its programs are without mistakes and in their usual form, and the numbers that its texts name are those of the networks.

import { describe, expect, test } from 'vitest';
import { format } from '../../grammar/format.ts';
import { check, report } from '../../src/index.ts';
import { tourSteps } from '../../src/playground/page/tour-steps.ts';

const step = (title: string) => tourSteps.find((one) => one.title.includes(title))!;
const reportOf = (title: string, change: (text: string) => string = (text) => text) =>
  report(change(step(title).program));

test('has ten steps', () => expect(tourSteps).toHaveLength(10));

test.each(tourSteps.map(({ title, program }) => [title, program]))('%s', (_, program) => {
  expect(check(program)).toEqual([]);
  expect(format({ path: 'tour.cnn', text: program })).toEqual({ text: program });
});

describe('what the texts promise', () => {
  test('a missed budget says by how much', () => {
    const text = step('Learning').program.replace(', bias: false', '');
    expect(check(text).map(({ code }) => code)).toEqual(['expect/failed']);
  });
  test('a larger kernel needs more padding, which is offered', () => {
    const [first] = check(step('Padding').program.replace('kernel: 3, padding: 1)', 'kernel: 5, padding: 1)'));
    expect(first!.fixes?.map(({ message }) => message).join()).toContain('padding: 2');
  });
  test('16 · 8 + 8 parameters', () => {
    const mix = reportOf('Channels').layers.find(({ name }) => name === 'mix');
    expect(mix?.parameters).toBe(136);
  });
  test('18×18 pixels', () => {
    expect(reportOf('Pooling').layers.find(({ name }) => name === 'conv3')?.receptiveField.size).toBe(18);
  });
  test("LeNet's map vanishes", () => {
    const diagnostics = check(step('LeNet').program.replace('conv(16, kernel: 5)', 'conv(16, kernel: 15)'));
    expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
  });
  test('VGG becomes deeper', () => {
    const deeper = reportOf('VGG', (text) => text.replace('(2, 64)]', '(2, 64), (2, 512)]'));
    expect(deeper.layers.length).toBeGreaterThan(reportOf('VGG').layers.length);
  });
  test('the shortcut becomes empty', () => {
    const plain = reportOf('residuals', (text) =>
      text.replace('residual(64, stride: 2)', 'residual(32)').replace('  residual(64)\n', ''),
    );
    expect(plain.layers.some(({ name }) => name.includes('shortcut'))).toBe(false);
  });
});
