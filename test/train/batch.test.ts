import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import type { Choice } from '../../compiler/frontend/sections/train.ts';
import { digits } from '../../src/data/digits/digits.ts';
import { InputError } from '../../src/data/input-error.ts';
import { readImageFolders } from '../../src/data/labelled-folder.ts';
import { labelledImages } from '../../src/data/labelled-images.ts';
import { fitPicture, pictureToTensor } from '../../src/data/preprocess.ts';
import { type BatchOptions, batchesOf } from '../../src/train/batch.ts';

const grey = labelledImages({ count: 2, channels: 1, height: 1, width: 2 }, Uint8Array.of(0, 51, 102, 255), [1, 0]);
const color = labelledImages({ count: 1, channels: 3, height: 1, width: 1 }, Uint8Array.of(255, 0, 51), [0]);
const settings = { scale: 1, colors: 'rgb' } as const;
const flip: Choice = { name: 'random_flip', arguments: { horizontal: true, vertical: false, probability: 1 } };

function filled(
  images: typeof grey,
  options: BatchOptions,
  indices: readonly number[],
): Record<string, readonly number[]> {
  const { elements, fillTraining, fillPlain } = batchesOf(images, options);
  const labels = new Int32Array(indices.length);
  const [training, plain] = [new Float32Array(indices.length * elements), new Float32Array(indices.length * elements)];
  fillTraining(indices, 0, training, labels);
  fillPlain(indices, plain, labels);
  return { training: [...training], plain: [...plain], labels: [...labels] };
}

describe('a batch', () => {
  test('holds the images of its indices and their labels; only training sees augmentation', () => {
    expect(filled(grey, { shape: [1, 1, 2], settings, augment: [flip] }, [1, 0, 1])).toEqual({
      plain: [102, 255, 0, 51, 102, 255],
      training: [255, 102, 51, 0, 255, 102],
      labels: [0, 1, 0],
    });
  });

  test('is scaled to 0 … 1 unless the input says otherwise', () => {
    expect(filled(grey, { shape: [1, 1, 2] }, [0]).training).toEqual([0, 0.2].map(Math.fround));
    const normal = { scale: 1 / 255, colors: 'rgb', mean: [0.5], std: [0.25] } as const;
    expect(filled(grey, { shape: [1, 1, 2], settings: normal }, [1]).plain![1]).toBe(2);
  });

  test('grey is repeated, and colours become grey, as the input has channels', () => {
    expect(filled(grey, { shape: [3, 1, 2], settings }, [0]).training).toEqual([0, 51, 0, 51, 0, 51]);
    expect(filled(color, { shape: [3, 1, 1], settings }, [0]).training).toEqual([255, 0, 51]);
    // ITU-R 601: 0.299 · 255 + 0.114 · 51 = 82.06
    expect(filled(color, { shape: [1, 1, 1], settings }, [0])).toMatchObject({ training: [82], plain: [82] });
  });

  test('is resized by the input, unless augmentation made its size already', () => {
    const resized = { ...settings, resize: [2, 2], filter: 'nearest' } as const;
    expect(filled(grey, { shape: [1, 2, 2], settings: resized }, [0])).toMatchObject({
      training: [0, 51, 0, 51],
      plain: [0, 51, 0, 51],
    });
    const crop: Choice = { name: 'random_crop', arguments: { size: [2, 2], padding: [1, 0, 0, 0] } };
    expect(filled(grey, { shape: [1, 2, 2], settings: resized, augment: [crop] }, [0]).training).toEqual([0, 0, 0, 51]);
  });

  test.each([
    [1, 1, {}],
    [1, 3, { mean: [0.1, 0.2, 0.3], std: [0.5] }],
    [3, 1, { mean: [0.5], std: [0.3] }],
    [3, 3, { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }],
    [3, 3, { colors: 'bgr', mean: [1, 2, 3], std: [3, 2, 1], resize: [5, 3], filter: 'bicubic' }],
    [1, 1, { resize: 9, crop: [5, 3] }],
  ] as const)('has every picture of %i channels as a tensor of %i has it: %j', (samples, channels, given) => {
    const [count, height, width] = [5, 6, 4];
    const size = samples * height * width;
    const pixels = Uint8Array.from({ length: count * size }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
    const images = labelledImages({ count, channels: samples, height, width }, pixels, [0, 1, 0, 1, 0]);
    const shape = [channels, ...('resize' in given ? [5, 3] : [height, width])];
    const all = { scale: 1 / 255, colors: 'rgb', ...given } as const;
    const { training, plain } = filled(images, { shape, settings: all }, [4, 0, 3]);
    const expected = [4, 0, 3].flatMap((index) => [
      ...pictureToTensor({ width, height, channels: samples, data: images.image(index) }, all, shape),
    ]);
    expect(training).toEqual(expected);
    expect(plain).toEqual(expected);
  });

  test('takes pictures that were fitted as they are', () => {
    const fitting = { scale: 1 / 255, colors: 'rgb', resize: 6, crop: [4, 4] } as const;
    const shape = [1, 4, 4];
    const pictures = [
      [9, 7],
      [4, 11],
    ].map(([width, height]) => {
      const pixels = Uint8Array.from({ length: width! * height! }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
      return { width: width!, height: height!, channels: 1 as const, data: pixels };
    });
    const files = pictures.map((picture, at) => ({ name: `${at}.png`, bytes: encode(picture) }));
    const images = readImageFolders([{ name: 'a', pictures: files }], {
      fit: (picture) => fitPicture(picture, fitting, shape),
    });
    const expected = pictures.flatMap((picture) => [...pictureToTensor(picture, fitting, shape)]);
    expect(filled(images, { shape, settings: fitting }, [0, 1])).toMatchObject({ training: expected, plain: expected });
  });

  test('of digits: another epoch, other crops', () => {
    const crop: Choice = { name: 'random_crop', arguments: { size: [28, 28], padding: [2, 2, 2, 2] } };
    const { elements, fillTraining } = batchesOf(digits({ count: 10 }), {
      shape: [1, 28, 28],
      augment: [crop],
      seed: 1,
    });
    expect(elements).toBe(784);
    const epochs = Array.from({ length: 20 }, (_, epoch) => {
      const values = new Float32Array(784);
      fillTraining([3], epoch, values, new Int32Array(1));
      return values.join();
    });
    // Twenty of 25 places with repetition: at least six different ones, all but surely.
    expect(new Set(epochs).size).toBeGreaterThan(6);
  });
});

test.each([
  [{ shape: [1, 28, 28] }, 'the picture has 1×2 pixels, but the input is [1, 28, 28]; resize: 28x28 fits any picture'],
  [{ shape: [10] }, 'the input is [10], but a picture makes [1, height, width] or [3, height, width]'],
  [{ shape: [3, 1, 2], settings: { ...settings, std: [0] } }, 'std is 0, and nothing can be divided by it'],
] satisfies readonly (readonly [BatchOptions, string])[])('refused: %j', (options, message) => {
  expect(() => batchesOf(grey, options)).toThrow(InputError);
  expect(() => batchesOf(grey, options)).toThrow(message);
});
