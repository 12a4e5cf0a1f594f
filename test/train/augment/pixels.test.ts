// What steps of `augment` do to pixels, without chance: against Pillow, NumPy (test/fixtures/augment/make.py) and closed forms.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Pixels } from '../../../runtime/abi.ts';
import { resize } from '../../../runtime/resize.ts';
import { adjustBrightness, adjustContrast, adjustSaturation } from '../../../src/train/augment/color-jitter.ts';
import { cropAt } from '../../../src/train/augment/crop.ts';
import { turnHue } from '../../../src/train/augment/hue.ts';
import { erase } from '../../../src/train/augment/random-erase.ts';
import { flip } from '../../../src/train/augment/random-flip.ts';
import { middle } from '../../../src/train/augment/random-resized-crop.ts';
import { rotate } from '../../../src/train/augment/random-rotation.ts';
import { source } from '../../support/pictures.ts';

type Adjusted = readonly (readonly [factor: number, bytes: string])[];
const expected = JSON.parse(
  readFileSync(new URL('../../fixtures/augment/expected.json', import.meta.url), 'utf8'),
) as Readonly<Record<'brightness' | 'contrast' | 'saturation' | 'hue' | 'rotated', Adjusted>> & {
  readonly resized_crop: readonly (readonly [
    box: readonly [number, number, number, number],
    size: readonly [number, number],
    filter: 'bilinear' | 'bicubic',
    bytes: string,
  ])[];
};
const bytesOf = (base64: string): readonly number[] => [...Buffer.from(base64, 'base64')];

const levels = [0, 1, 28, 64, 85, 127, 128, 170, 201, 255];
const colors: Pixels = {
  width: 40,
  height: 25,
  channels: 3,
  data: Uint8Array.from(levels.flatMap((r) => levels.flatMap((g) => levels.flatMap((b) => [r, g, b])))),
};
const grey = (width: number, ...values: number[]): Pixels => ({
  width,
  height: values.length / width,
  channels: 1,
  data: Uint8Array.from(values),
});

describe("Pillow's bytes", () => {
  test.each(expected.brightness)('brightness times %d', (factor, bytes) => {
    expect([...adjustBrightness(source, factor).data]).toEqual(bytesOf(bytes));
  });
  test.each(expected.contrast)('contrast times %d', (factor, bytes) => {
    expect([...adjustContrast(source, factor).data]).toEqual(bytesOf(bytes));
  });
  test.each(expected.saturation)('saturation times %d', (factor, bytes) => {
    expect([...adjustSaturation(source, factor).data]).toEqual(bytesOf(bytes));
  });
  test.each(expected.hue)('hue by %d', (turn, bytes) => {
    expect([...turnHue(colors, turn).data]).toEqual(bytesOf(bytes));
  });
  test.each(expected.resized_crop)('crop %j, resized to %j, %s', ([top, left, height, width], size, filter, bytes) => {
    expect([...resize(cropAt(source, top, left, height, width), size[1], size[0], filter).data]).toEqual(
      bytesOf(bytes),
    );
  });
});

test('grey has no saturation and no hue', () => {
  const image = grey(2, 10, 200);
  expect(adjustSaturation(image, 2)).toEqual(image);
  expect(turnHue(image, 0.3)).toEqual(image);
  // The mean is 105.
  expect([...adjustContrast(image, 0.5).data]).toEqual([57, 152]);
  expect([...adjustBrightness(image, 1.5).data]).toEqual([15, 255]);
});

describe('a rotation', () => {
  test.each(expected.rotated)('by %d degrees is what NumPy makes of the definition', (degrees, bytes) => {
    expect([...rotate(source, degrees).data]).toEqual(bytesOf(bytes));
  });
  test('by a right angle goes against the clock', () => {
    expect([...rotate(grey(2, 1, 2, 3, 4), 90).data]).toEqual([2, 4, 1, 3]);
    expect([...rotate(grey(3, 1, 2, 3, 4, 5, 6, 7, 8, 9), -90).data]).toEqual([7, 4, 1, 8, 5, 2, 9, 6, 3]);
  });
});

describe('rectangles and mirrors', () => {
  const image = grey(3, 1, 2, 3, 4, 5, 6);
  test.each([
    [
      [0, 0, 2, 3],
      [1, 2, 3, 4, 5, 6],
    ],
    [
      [1, 1, 1, 2],
      [5, 6],
    ],
    [
      [-1, -2, 3, 4],
      [0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 4, 5],
    ],
    [
      [1, 2, 2, 2],
      [6, 0, 0, 0],
    ],
    [
      [5, 0, 1, 2],
      [0, 0],
    ],
    [
      [0, 9, 1, 2],
      [0, 0],
    ],
  ] as const)('crop %j', ([top, left, height, width], bytes) => {
    expect(cropAt(image, top, left, height, width)).toEqual(grey(width, ...bytes));
  });
  test('of colours, pixel by pixel', () => {
    const two: Pixels = { width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect([...cropAt(two, 0, 1, 1, 2).data]).toEqual([4, 5, 6, 0, 0, 0]);
    expect([...flip(two, true, true).data]).toEqual([4, 5, 6, 1, 2, 3]);
    expect([...erase(two, { top: 0, left: 1, height: 1, width: 1 }).data]).toEqual([1, 2, 3, 0, 0, 0]);
  });
  test('flips', () => {
    expect([...flip(image, true, false).data]).toEqual([3, 2, 1, 6, 5, 4]);
    expect([...flip(image, false, true).data]).toEqual([4, 5, 6, 1, 2, 3]);
    expect([...flip(image, true, true).data]).toEqual([6, 5, 4, 3, 2, 1]);
    expect(flip(image, false, false)).toBe(image);
  });
  test('erasing leaves the rest, and the image that came in', () => {
    expect([...erase(image, { top: 0, left: 1, height: 2, width: 1 }).data]).toEqual([1, 0, 3, 4, 0, 6]);
    expect([...image.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });
  test('the middle of an image is cut to the nearest ratio', () => {
    expect(middle([10, 100], [3 / 4, 4 / 3])).toEqual({ top: 0, left: 43, height: 10, width: 13 });
    expect(middle([100, 9], [3 / 4, 4 / 3])).toEqual({ top: 44, left: 0, height: 12, width: 9 });
    expect(middle([10, 10], [3 / 4, 4 / 3])).toEqual({ top: 0, left: 0, height: 10, width: 10 });
  });
});
