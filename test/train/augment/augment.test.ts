// What chance does in steps of `augment`: the distributions, and that an image's stream is its own.

import { describe, expect, test } from 'vitest';
import type { Choice } from '../../../compiler/frontend/sections/train.ts';
import type { Pixels } from '../../../runtime/abi.ts';
import { InputError } from '../../../src/data/input-error.ts';
import { streamFor } from '../../../src/data/random.ts';
import { augmenter } from '../../../src/train/augment/augment.ts';
import { randomRectangle } from '../../../src/train/augment/rectangle.ts';
import { networkOf } from '../../frontend/support.ts';
import { source } from '../../support/pictures.ts';

const steps = (augment: string): readonly Choice[] =>
  networkOf(
    `network A {\n  input image: [3, 32, 32]\n  flatten\n  dense(10)\n}\ntrain A { optimizer: adam  augment: ${augment} }\n`,
  ).train!.augment;

/** What becomes of one image in 1000 epochs. */
function epochs(augment: string, image: Pixels): readonly Pixels[] {
  const { augment: change } = augmenter(steps(augment), image);
  return Array.from({ length: 1000 }, (_, epoch) => change(image, 3, epoch, 5));
}

/** Pixel i is i + 1. */
const counted = (height: number, width: number): Pixels => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: height * width }, (_, i) => i + 1),
});
const flat = (height: number, width: number, value: number): Pixels => ({
  ...counted(height, width),
  data: new Uint8Array(height * width).fill(value),
});
const count = (images: readonly Pixels[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { data } of images) counts.set(data.join(), (counts.get(data.join()) ?? 0) + 1);
  return counts;
};
/** Within five standard deviations of n · p. */
const expectShare = (found: number, p: number, n = 1000): void =>
  expect(Math.abs(found - n * p)).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)));

const all =
  'resize(16) -> random_crop(14, padding: 2) -> random_flip(vertical: true) -> random_rotation(20) -> random_translation -> ' +
  'color_jitter(0.4, 0.4, 0.4, 0.1) -> random_resized_crop(12) -> random_erase';

describe('an image', () => {
  const { augment, size } = augmenter(steps(all), source);

  test('is the same for the same seed, epoch and index, whatever came before', () => {
    expect(size).toEqual({ height: 12, width: 12 });
    const copy = Uint8Array.from(source.data);
    const [first, second] = [augment(source, 1, 2, 3), augment(source, 1, 2, 4)];
    expect(first).toMatchObject({ width: 12, height: 12, channels: 3 });
    expect(augmenter(steps(all), source).augment(source, 1, 2, 4)).toEqual(second);
    expect(augment(source, 1, 2, 3)).toEqual(first);
    for (const other of [second, augment(source, 1, 3, 3), augment(source, 2, 2, 3)])
      expect(other.data).not.toEqual(first.data);
    expect(source.data).toEqual(copy);
  });

  test('is itself without steps', () => {
    expect(augmenter([], source).augment(source, 1, 2, 3)).toBe(source);
  });
});

describe('chance', () => {
  test('crops at every place equally often', () => {
    const counts = count(epochs('random_crop(2)', counted(3, 4)));
    expect(counts.size).toBe(6);
    for (const found of counts.values()) expectShare(found, 1 / 6);
    // With padding on one side, a column of zeros in one of two.
    const padded = count(epochs('random_crop(2, padding: (0, 1, 0, 0))', counted(2, 2)));
    expect([...padded.keys()].toSorted()).toEqual(['0,1,0,3', '1,2,3,4']);
  });

  test('flips in each direction with the probability', () => {
    const horizontal = count(epochs('random_flip', counted(1, 3)));
    expectShare(horizontal.get('3,2,1')!, 0.5);
    const both = count(epochs('random_flip(vertical: true, probability: 0.2)', counted(2, 2)));
    expectShare(both.get('1,2,3,4')!, 0.64);
    expectShare(both.get('2,1,4,3')!, 0.16);
    expectShare(both.get('3,4,1,2')!, 0.16);
    expectShare(both.get('4,3,2,1')!, 0.04);
  });

  test('moves by whole pixels, as far as the shares say', () => {
    const counts = count(epochs('random_translation(0.5, 0.25)', counted(2, 4)));
    expect(counts.size).toBe(9);
    for (const found of counts.values()) expectShare(found, 1 / 9);
    expect(counts.has('0,1,2,3,0,5,6,7')).toBe(true);
    expect(counts.has('6,7,8,0,0,0,0,0')).toBe(true);
  });

  test('turns either way, and not at all by 0 degrees', () => {
    expect(count(epochs('random_rotation(0)', counted(3, 3))).size).toBe(1);
    const bar: Pixels = { ...flat(9, 9, 0), data: Uint8Array.from({ length: 81 }, (_, i) => (i % 9 === 4 ? 200 : 0)) };
    const turned = epochs('random_rotation(30)', bar);
    // Against the clock, the top of the bar goes left.
    const [left, right] = [3, 5].map((x) => turned.filter(({ data }) => data[x]! > data[8 - x]!).length);
    expectShare(left!, 0.5);
    expectShare(right!, 0.5);
    expect(turned.every(({ data }) => data[40] === 200)).toBe(true);
  });

  test('erases a rectangle of a share of the image with the probability', () => {
    const erased = epochs('random_erase', flat(32, 32, 9)).map(
      ({ data }) => data.filter((value) => value === 0).length,
    );
    expectShare(erased.filter((area) => area > 0).length, 0.5);
    const areas = erased.filter((area) => area > 0).map((area) => area / 1024);
    // Sides are whole, so that areas are off by some pixels.
    expect(Math.min(...areas)).toBeGreaterThan(0.015);
    expect(Math.max(...areas)).toBeLessThan(0.35);
    const mean = areas.reduce((a, b) => a + b) / areas.length;
    expect(Math.abs(mean - 0.175)).toBeLessThan(0.03);
  });

  test('draws rectangles whose area is uniform and whose form is uniform in its logarithm', () => {
    const stream = streamFor('augment', 0, 0, 0);
    const found = Array.from({ length: 2000 }, () =>
      randomRectangle([1000, 1000], [0.08, 0.5], [3 / 4, 4 / 3], stream)!,
    );
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
    // Five standard errors of a uniform variable.
    const areas = found.map(({ height, width }) => (height * width) / 1e6);
    expect(Math.abs(mean(areas) - 0.29)).toBeLessThan((5 * 0.42) / Math.sqrt(12 * 2000));
    const forms = found.map(({ height, width }) => Math.log(width / height));
    expect(Math.abs(mean(forms))).toBeLessThan((5 * 2 * Math.log(4 / 3)) / Math.sqrt(12 * 2000));
    expect(Math.max(...forms.map(Math.abs))).toBeLessThan(Math.log(4 / 3) + 0.01);
    for (const { top, left, height, width } of found) {
      expect(top >= 0 && left >= 0 && top + height <= 1000 && left + width <= 1000).toBe(true);
    }
    expect(randomRectangle([2, 1000], [0.9, 1], [1, 1], stream)).toBeUndefined();
  });

  test('takes the middle where no rectangle fits', () => {
    const line = counted(1, 200);
    const images = count(epochs('random_resized_crop(1x1, scale: [1, 1], ratio: [1, 1])', line));
    expect([...images.keys()]).toEqual(['100']);
  });

  test('changes colours within the factors', () => {
    const bright = epochs('color_jitter(brightness: 0.4)', flat(1, 1, 100)).map(({ data }) => data[0]!);
    expect([Math.min(...bright) >= 60, Math.max(...bright) < 140]).toEqual([true, true]);
    const mean = bright.reduce((a, b) => a + b) / 1000;
    // Truncated: half a level below the mean of 100.
    expect(Math.abs(mean - 99.5)).toBeLessThan((5 * 80) / Math.sqrt(12 * 1000));
    expect(count(epochs('color_jitter', source)).size).toBe(1);
    expect(count(epochs('color_jitter(hue: 0.1)', source)).size).toBeGreaterThan(30);
  });
});

test.each([
  ['random_crop(28)', 'random_crop: 28×28 does not fit into images of 13×21 pixels, padding included'],
  [
    'resize(20) -> random_crop(28, padding: 3)',
    'random_crop: 28×28 does not fit into images of 26×26 pixels, padding included',
  ],
  [
    'random_crop(4, padding: same)',
    'random_crop needs its padding in pixels, such as padding: 4; `same` is for convolutions',
  ],
  ['resize(10000)', 'resize would make images of 10000×10000 pixels, more than 25 million'],
])('refused: %s', (augment, message) => {
  expect(() => augmenter(steps(augment), source)).toThrow(InputError);
  expect(() => augmenter(steps(augment), source)).toThrow(message);
});
