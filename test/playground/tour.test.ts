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

/** The step's program after an edit that its text asks for, which must be possible as it is written there. */
function edited(title: string, from: string, to: string): string {
  const { program } = step(title);
  expect(program).toContain(from);
  return program.replace(from, to);
}
const codes = (text: string) => check(text).map(({ code }) => code);
const layer = (text: string, name: string) => report(text).layers.find((one) => one.name === name)!;

describe('what the texts promise', () => {
  test('horizontal edges', () => {
    const text = edited('edges', 'kernel: 1x2', 'kernel: 2x1').replace('[[[[1, -1]]]]', '[[[[1], [-1]]]]');
    expect(check(text)).toEqual([]);
    // 8 − 2 + 1 = 7, and 6 − 2 + 1 = 5 the other way.
    expect(reportOf('edges').outputs[0]!.shape).toEqual([1, 6, 7]);
    expect(report(text).outputs[0]!.shape).toEqual([1, 5, 8]);
  });
  test('a missed budget says by how much', () => {
    expect(codes(edited('Learning', ', bias: false', ''))).toEqual(['expect/failed']);
  });
  test('a larger kernel needs more padding, which is offered', () => {
    const [first] = check(edited('Padding', 'kernel: 3, padding: 1)', 'kernel: 5, padding: 1)'));
    expect(first!.fixes?.map(({ message }) => message).join()).toContain('padding: 2');
  });
  test('16 · 8 + 8 parameters', () => {
    expect(layer(step('Channels').program, 'mix').parameters).toBe(136);
  });
  test('18×18 pixels, and 10×10 with one pooling less', () => {
    // 3 + 2 for a kernel of 3 behind nothing; + 1 and + 2 · 2 for a pooling and a kernel at half the size; + 2 and + 4 · 2 again.
    expect(layer(step('Pooling').program, 'conv3').receptiveField.size).toBe(18);
    expect(layer(edited('Pooling', '  max_pool(2)\n', ''), 'conv3').receptiveField.size).toBe(10);
  });
  test("LeNet's largest layers", () => {
    // D2L 7.6: 240,000 of 416,520 MACs, and 48,120 of 61,706 parameters.
    const { text, program } = step('LeNet');
    expect([
      text.includes(`${Math.round((100 * 240_000) / 416_520)} % of the MACs`),
      layer(program, 'conv2').macs,
    ]).toEqual([true, 240_000]);
    expect(text).toContain(`${Math.round((100 * 48_120) / 61_706)} % of the parameters`);
    expect(layer(program, 'dense1').parameters).toBe(48_120);
  });
  test("LeNet's map is too small for a kernel of 15", () => {
    const [first] = check(edited('LeNet', 'conv(16, kernel: 5)', 'conv(16, kernel: 15)'));
    expect(first!.severity).toBe('error');
  });
  test('VGG becomes deeper', () => {
    const deeper = report(edited('VGG', '(2, 64)]', '(2, 64), (2, 512)]'));
    expect(deeper.layers.length).toBeGreaterThan(reportOf('VGG').layers.length);
  });
  test('a dense layer in place of the last three lines of NiN', () => {
    const lines = step('Network in').program.split('\n');
    const end = lines.findIndex((line) => line.includes('output')) - 1;
    const text = [...lines.slice(0, end - 3), '  scores = flatten -> dense(classes)', ...lines.slice(end)].join('\n');
    expect(check(text)).toEqual([]);
    // 96 pixels become 22 by the kernel of 11, then 10 and 4 by the poolings: 256 maps of 4×4, ten classes.
    expect(layer(text, 'scores.dense1').parameters).toBe(256 * 4 * 4 * 10 + 10);
  });
  test('a 1×1 convolution before the large kernel saves MACs', () => {
    const text = edited('GoogLeNet', 'conv(c3.0, kernel: 1) -> relu -> ', '');
    expect(check(text)).toEqual([]);
    expect(report(text).totals.macs).toBeGreaterThan(reportOf('GoogLeNet').totals.macs);
  });
  test('the shortcut becomes empty', () => {
    const text = edited('residuals', 'residual(64, stride: 2)', 'residual(32)').replace('residual(64)', 'residual(32)');
    expect(check(text)).toEqual([]);
    expect(report(text).layers.some(({ name }) => name.includes('shortcut'))).toBe(false);
  });
});
