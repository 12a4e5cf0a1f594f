import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digits } from '../../src/data/digits/digits.ts';
import { drawLine, spline } from '../../src/data/digits/pen.ts';
import { styles } from '../../src/data/digits/styles.ts';
import { InputError } from '../../src/data/input-error.ts';

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

describe('digits', () => {
  const train = digits({ count: 2000, seed: 1 });
  const held = digits({ count: 500, seed: 1, split: 'test' });

  test('are labelled pictures, all classes equally often', () => {
    expect(train).toMatchObject({ count: 2000, channels: 1, height: 28, width: 28 });
    expect(train.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect([...train.labels.subarray(8, 12)]).toEqual([8, 9, 0, 1]);
  });

  test('picture i depends on seed, split and i alone', () => {
    const few = digits({ count: 10, seed: 1 });
    expect(few.image(7)).toEqual(train.image(7));
    expect(train.image(7)).toEqual(train.image(7));
    const all = [train, held, digits({ count: 10, seed: 2 })].flatMap((set) => [
      hash(set.image(7)),
      hash(set.image(9)),
    ]);
    expect(new Set(all).size).toBe(6);
  });

  test('are the same bytes on every machine', () => {
    const first = new Uint8Array(10 * 784);
    for (let i = 0; i < 10; i++) first.set(train.image(i), i * 784);
    expect(hash(first)).toBe('08f4d2c5c10bf122');
  });

  test('lie inside the picture, white on black', () => {
    for (let i = 0; i < 500; i++) {
      const picture = train.image(i);
      const edge = picture.filter((_, at) => at < 28 || at >= 756 || at % 28 === 0 || at % 28 === 27);
      expect(Math.max(...edge)).toBeLessThan(100);
      expect(Math.max(...picture)).toBeGreaterThan(140);
      const ink = picture.filter((value) => value > 100).length;
      expect(ink).toBeGreaterThan(10);
      expect(ink).toBeLessThan(350);
    }
  });

  test('are learnable, but not by their means alone', () => {
    const means = train.classes.map(() => new Float64Array(784));
    for (let i = 0; i < train.count; i++) train.image(i).forEach((value, at) => (means[i % 10]![at]! += value / 200));
    let right = 0;
    for (let i = 0; i < held.count; i++) {
      const picture = held.image(i);
      const distances = means.map((mean) => mean.reduce((sum, value, at) => sum + (value - picture[at]!) ** 2, 0));
      if (distances.indexOf(Math.min(...distances)) === held.labels[i]) right += 1;
    }
    // A guess is right for 10 %.
    expect(right / held.count).toBeGreaterThan(0.55);
    expect(right / held.count).toBeLessThan(0.9);
  });

  test.each([
    [96, 96],
    [16, 40],
  ])('at %i×%i', (height, width) => {
    const set = digits({ count: 10, height, width });
    expect([set.height, set.width, set.image(3).length]).toEqual([height, width, height * width]);
    const middle = set.image(3).findIndex((value) => value > 120);
    expect(middle).toBeGreaterThan(width);
  });

  test('refused', () => {
    expect(() => digits({ count: 9 })).toThrow(
      new InputError('9 digits cannot be drawn, expected a whole number from 10 to 2^32'),
    );
    expect(() => digits({ count: 10, height: 4 })).toThrow('cannot be drawn on 4×28 pixels, expected 8 to 1024 each');
    expect(() => digits({ count: 10, seed: -1 }).image(0)).toThrow(RangeError);
    expect(() => train.image(2000)).toThrow('there is no picture 2000; the data set holds 2000');
  });
});

test('every digit has several styles, whose points are pairs inside the box', () => {
  expect(styles).toHaveLength(10);
  for (const choices of styles) {
    expect(choices.length).toBeGreaterThanOrEqual(4);
    for (const stroke of choices.flat()) {
      expect(stroke.length % 2).toBe(0);
      expect(stroke.length).toBeGreaterThanOrEqual(4);
      expect(stroke.every((value) => value >= 0 && value <= 100)).toBe(true);
    }
  }
});

describe('the pen', () => {
  test('a spline goes through its points, and along a straight line evenly', () => {
    expect([...spline([0, 0, 4, 8], 4)]).toEqual([0, 0, 1, 2, 2, 4, 3, 6, 4, 8]);
    const curve = spline([0, 0, 5, 9, 7, 2], 3);
    expect([0, 1, 6, 7, 12, 13].map((i) => curve[i])).toEqual([0, 0, 5, 9, 7, 2]);
  });

  test('a line covers what lies within its radius, and half of a pixel on its edge', () => {
    const ink = new Float64Array(7 * 9);
    const row = Float64Array.of(2.5, 6.5);
    drawLine({ x: row, y: Float64Array.of(3.5, 3.5), radii: Float64Array.of(1, 1) }, ink, 7, 9, 1);
    const line = (y: number): readonly number[] => [...ink.subarray(y * 9, (y + 1) * 9)];
    expect(line(3)).toEqual([0, 0.5, 1, 1, 1, 1, 1, 0.5, 0]);
    expect(line(2).slice(2, 7)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
    expect(line(4)).toEqual(line(2));
    expect([...line(1), ...line(5)].every((value) => value === 0)).toBe(true);
    // √2 from the end of the line.
    expect(line(2)[1]).toBeCloseTo(1.5 - Math.SQRT2, 12);
  });
});
