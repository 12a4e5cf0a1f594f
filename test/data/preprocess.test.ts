import { describe, expect, test } from 'vitest';
import { type Picture, readPicture } from '../../src/data/picture.ts';
import { preparePicture, pictureTensor, shorterSide, toGray } from '../../runtime/picture.ts';
import { resize } from '../../runtime/resize.ts';
import { defaultSettings, pictureToTensor } from '../../src/data/preprocess.ts';
import type { InputSettings } from '../../compiler/ir/graph.ts';
import { padded, resized, source } from '../support/pictures.ts';
import { data, hasData } from './shared.ts';

const gray = (width: number, height: number, pixel: (x: number, y: number) => number): Picture => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => pixel(i % width, Math.floor(i / width))),
});

describe('resizing is that of Pillow', () => {
  const settings = { ...defaultSettings, scale: 1 };
  const name = (one: { filter: string; width: number; height: number }): string =>
    `${one.filter} to ${one.height}×${one.width}`;
  /** [C,H,W] → [H,W,C] */
  const interleaved = (planes: Float32Array, pixels: number): Uint8Array =>
    Uint8Array.from({ length: planes.length }, (_, i) => planes[(i % 3) * pixels + Math.floor(i / 3)]!);

  test.each(resized.map((one) => [name(one), one] as const))('%s', (_, { filter, width, height, data: expected }) => {
    expect(resize(source, width, height, filter).data).toEqual(expected);
    const tensor = pictureToTensor(source, { ...settings, resize: [height, width], filter }, [3, height, width]);
    expect(interleaved(tensor, width * height)).toEqual(expected);
  });

  test.each(resized.map((one) => [name(one), one] as const))('the middle alone, %s', (_, one) => {
    const { filter, width, height, data: expected } = one;
    const [top, left] = [Math.min(2, (height - 1) >> 1), Math.min(2, (width - 1) >> 1)];
    const [rows, columns] = [height - 2 * top, width - 2 * left];
    const middle = Array.from({ length: rows }, (_, y) => {
      const start = 3 * ((top + y) * width + left);
      return [...expected.subarray(start, start + 3 * columns)];
    });
    expect([...resize(source, width, height, filter, [rows, columns]).data]).toEqual(middle.flat());
  });

  test.each(padded.map((one) => [name(one), one] as const))(
    'contained and padded, %s',
    (_, { filter, width, height, data: expected }) => {
      const tensor = pictureToTensor(source, { ...settings, fit: 'contain', filter, fill: [10, 200, 30] }, [
        3,
        height,
        width,
      ]);
      expect(interleaved(tensor, width * height)).toEqual(expected);
    },
  );
});

describe('fit', () => {
  const wide = gray(4, 2, (x, y) => 10 * y + x);
  const settings = { ...defaultSettings, scale: 1, filter: 'nearest' } as const;
  const fitted = (more: Partial<InputSettings>, shape: readonly number[]): readonly number[] => [
    ...pictureToTensor(wide, { ...settings, ...more }, shape),
  ];

  test('cover cuts the sides, or above and below', () => {
    expect(fitted({ fit: 'cover' }, [1, 2, 2])).toEqual([1, 2, 11, 12]);
    expect(fitted({ fit: 'cover' }, [1, 1, 4])).toEqual([0, 1, 2, 3]);
  });

  test('contain pads above and below; grey is padded with a colour where the network sees colours', () => {
    expect(fitted({ fit: 'contain', fill: [7] }, [1, 4, 4])).toEqual([
      7, 7, 7, 7, 0, 1, 2, 3, 10, 11, 12, 13, 7, 7, 7, 7,
    ]);
    const planes = fitted({ fit: 'contain', fill: [7, 8, 9] }, [3, 4, 4]);
    expect([0, 16, 32].map((at) => planes[at])).toEqual([7, 8, 9]);
    expect([4, 20, 36].map((at) => planes[at])).toEqual([0, 0, 0]);
    expect([0, 16, 32].map((at) => fitted({ fit: 'contain', fill: [7, 8, 9], colors: 'bgr' }, [3, 4, 4])[at])).toEqual([
      7, 8, 9,
    ]);
  });

  test('stretch distorts, and is what a height and width mean alone', () => {
    expect(fitted({ fit: 'stretch' }, [1, 2, 2])).toEqual([1, 3, 11, 13]);
    expect(fitted({ resize: [2, 2] }, [1, 2, 2])).toEqual([1, 3, 11, 13]);
  });

  test('then the middle is cut out', () => {
    expect(fitted({ resize: [4, 4], fit: 'contain', crop: [2, 4] }, [1, 2, 4])).toEqual([0, 1, 2, 3, 10, 11, 12, 13]);
  });

  test('refused: a shorter side, a wrong number of bytes, and a giant in between', () => {
    expect(() => fitted({ resize: 2, fit: 'cover' }, [1, 2, 2])).toThrow(/needs a height and a width .* resize: 2x2/);
    expect(() => fitted({ fit: 'contain', fill: [1, 2] }, [1, 2, 2])).toThrow('fill has 2 numbers');
    const line = gray(1, 60_000, () => 0);
    expect(() => pictureToTensor(line, { ...settings, fit: 'cover' }, [1, 224, 224])).toThrow(/more than 25 million/);
    expect(() => pictureToTensor(line, { ...settings, fit: 'stretch' }, [1, 1, 1000])).toThrow(/more than 25 million/);
  });
});

describe('of a picture that is thousands of times as wide as high, only what a network sees is computed', () => {
  const settings = { ...defaultSettings, resize: 256 } as const;
  const sizes = [
    [1_000_000, 1],
    [1, 10_000],
  ] as const;

  test.each(sizes)('%i×%i', (width, height) => {
    const half = Math.max(width, height) / 2;
    const line = gray(width, height, (x, y) => (x + y === half - 1 ? 10 : x + y === half ? 240 : 99));
    const seen = [
      preparePicture(line, { ...settings, crop: [224, 224] }, 1),
      preparePicture(line, settings, 1, [256, 256]),
      preparePicture(line, defaultSettings, 1, [200, 200]),
    ];
    expect(seen.map(({ data }) => data.length)).toEqual([224 * 224, 256 * 256, 200 * 200]);
    // Between the middles of the two pixels there, from one to the other.
    for (const { data } of seen) expect([data[0]! < 30, data.at(-1)! > 220]).toEqual([true, true]);
  });

  test('and nothing of one that does not fit', () => {
    const line = gray(1_000_000, 1, () => 0);
    expect(() => pictureTensor(line, settings, [1, 256, 256], false)).toThrow(
      'the picture has 256000000×256 pixels, but the input 256×256',
    );
  });
});

describe('bilinear resizing with antialiasing', () => {
  test.each([
    [3, 5],
    [16, 16],
    [40, 7],
    [1, 1],
  ])('a constant picture stays constant at %i×%i', (width, height) => {
    const result = resize(
      gray(11, 9, () => 173),
      width,
      height,
    );
    expect([result.width, result.height, result.data.length]).toEqual([width, height, width * height]);
    expect(new Set(result.data)).toEqual(new Set([173]));
  });

  test('to half the size: weights 1 3 3 1 of 8 in each direction, 3 3 1 of 7 at the edges', () => {
    const row = [0, 80, 16, 200, 40, 120, 8, 64];
    const round = (x: number) => Math.floor(x + 0.5);
    expect([
      ...resize(
        gray(8, 1, (x) => row[x]!),
        4,
        1,
      ).data,
    ]).toEqual([
      round((3 * 80 + 16) / 7),
      round((80 + 3 * 16 + 3 * 200 + 40) / 8),
      round((200 + 3 * 40 + 3 * 120 + 8) / 8),
      round((120 + 3 * 8 + 3 * 64) / 7),
    ]);
  });

  test('to twice the size: weights ¾ and ¼, the ends repeated', () => {
    expect([
      ...resize(
        gray(3, 1, (x) => [0, 100, 40][x]!),
        6,
        1,
      ).data,
    ]).toEqual([0, 25, 75, 85, 55, 40]);
    expect([
      ...resize(
        gray(1, 3, (_, y) => [0, 100, 40][y]!),
        1,
        6,
      ).data,
    ]).toEqual([0, 25, 75, 85, 55, 40]);
  });

  test('a ramp stays a ramp inside', () => {
    const result = resize(
      gray(64, 1, (x) => 4 * x),
      32,
      1,
    ).data;
    for (let x = 1; x < 31; x++) expect(result[x]).toBe(8 * x + 2);
  });

  test('channels stay apart', () => {
    const picture: Picture = {
      width: 4,
      height: 4,
      channels: 3,
      data: Uint8Array.from({ length: 48 }, (_, i) => [10, 20, 30][i % 3]!),
    };
    expect([...resize(picture, 2, 2).data]).toEqual([10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30]);
  });
});

test('the shorter side takes the size, the longer one is rounded down: 480×360 to 256 is 341×256', () => {
  const size = (width: number, height: number, shorter: number) =>
    shorterSide(
      gray(width, height, () => 0),
      shorter,
    );
  expect(size(480, 360, 256)).toEqual([341, 256]);
  expect(size(360, 480, 256)).toEqual([256, 341]);
  // 16⅔ pixels
  expect(size(5, 3, 10)).toEqual([16, 10]);
  expect(size(480, 360, 360)).toEqual([480, 360]);
  const long = gray(10_000, 1, () => 0);
  expect(() => pictureToTensor(long, { ...defaultSettings, resize: 1000 }, [1, 1000, 1000])).toThrow(
    /more than 25 million/,
  );
});

test('the crop starts at half the margin, halves to the even neighbour: 1 → 0, 3 → 2, 5 → 2', () => {
  const crop = (picture: Picture, size: readonly [number, number]): Uint8Array | Uint8ClampedArray =>
    preparePicture(picture, { ...defaultSettings, crop: size }, 1).data;
  const start = (width: number) =>
    crop(
      gray(width, 1, (x) => x),
      [1, 10],
    )[0];
  expect([10, 11, 12, 13, 15].map(start)).toEqual([0, 0, 1, 2, 2]);
  expect(() =>
    crop(
      gray(5, 5, () => 0),
      [6, 5],
    ),
  ).toThrow("crop: 6x5 does not fit into the picture's 5×5 pixels");
});

test("grey by ITU-R 601: white, and Pillow's values of the primaries", () => {
  const colors = [255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255];
  expect([...toGray({ width: 4, height: 1, channels: 3, data: Uint8Array.from(colors) }).data]).toEqual([
    255, 76, 150, 29,
  ]);
});

describe('tensors', () => {
  const rgb: Picture = { width: 2, height: 1, channels: 3, data: Uint8Array.of(0, 51, 102, 153, 204, 255) };

  test('planes of colours, in either order', () => {
    const expected = [0, 0.6, 0.2, 0.8, 0.4, 1].map(Math.fround);
    expect([...pictureToTensor(rgb, defaultSettings, [3, 1, 2])]).toEqual(expected);
    expect([...pictureToTensor(rgb, { ...defaultSettings, colors: 'bgr' }, [3, 1, 2])]).toEqual(
      [4, 5, 2, 3, 0, 1].map((i) => expected[i]),
    );
  });

  test('mean and std after the scale', () => {
    const settings = { ...defaultSettings, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    const tensor = pictureToTensor(rgb, settings, [3, 1, 2]);
    expect(tensor[0]).toBeCloseTo(-0.485 / 0.229, 6);
    expect(tensor[3]).toBeCloseTo((0.8 - 0.456) / 0.224, 6);
    expect(tensor[5]).toBeCloseTo((1 - 0.406) / 0.225, 6);
  });

  test('one channel means grey, and grey becomes three equal channels', () => {
    expect([...pictureToTensor(rgb, { ...defaultSettings, scale: 1 }, [1, 1, 2])]).toEqual([42, 195]);
    expect([
      ...pictureToTensor(
        gray(1, 1, () => 9),
        { ...defaultSettings, scale: 1 },
        [3, 1, 1],
      ),
    ]).toEqual([9, 9, 9]);
  });

  test.each([
    [
      [3, 4, 4],
      {},
      'the picture has 1×2 pixels, but the input is [3, 4, 4]; resize: 4x4 fits any picture, with fit: cover or contain undistorted',
    ],
    [[10], {}, 'the input is [10], but a picture makes [1, height, width] or [3, height, width]'],
    [[3, 1, 2], { mean: [1, 2] }, 'mean has 2 numbers, but the input [3, 1, 2] has 3 channels'],
    [[3, 1, 2], { std: [0] }, 'std is 0, and nothing can be divided by it'],
  ])('refused: %j %j', (shape, settings, message) => {
    expect(() => pictureToTensor(rgb, { ...defaultSettings, ...settings }, shape)).toThrow(message);
  });
});

// The crops were made by another program from these originals; decoders of JPEG may differ by a few levels.
test.skipIf(!hasData).each(['caffe_cat', 'darknet_dog', 'tract_elephants'])(
  '%s: resize 256 and crop 224 of the original is near its published crop',
  (name) => {
    const original = readPicture(data(`images/orig/${name}.jpg`));
    const result = preparePicture(original, { ...defaultSettings, resize: 256, crop: [224, 224] }, 3);
    const expected = readPicture(data(`images/crop224/${name}.png`));
    const difference =
      [...result.data].reduce((sum, value, i) => sum + Math.abs(value - expected.data[i]!), 0) / result.data.length;
    expect(difference).toBeLessThan(2);
  },
);
