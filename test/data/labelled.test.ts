// Labelled data sets: what each kind of file holds, and what is refused.

import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { findCifar, readCifar } from '../../src/data/cifar.ts';
import { InputError } from '../../src/data/input-error.ts';
import { readImageFolders } from '../../src/data/labelled-folder.ts';
import { readLabelledIdx } from '../../src/data/labelled-idx.ts';
import { labelledImages, subset, withTargets } from '../../src/data/labelled-images.ts';
import { readLabelledNpy, readTargetsNpy } from '../../src/data/labelled-npy.ts';
import { resize } from '../../runtime/resize.ts';
import { npy } from '../support/npy.ts';
import { concat, data, fuzz, hasData } from './shared.ts';

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const longs = (...values: number[]): Uint8Array => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);

describe('IDX', () => {
  const images = concat([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3], [1, 2, 3, 4, 5, 6]);
  const labels = (...classes: number[]): Uint8Array => concat([0, 0, 8, 1, 0, 0, 0, classes.length], classes);

  test('pairs', () => {
    const set = readLabelledIdx(images, labels(1, 0));
    expect(set).toMatchObject({ count: 2, channels: 1, height: 1, width: 3, classes: ['0', '1'] });
    expect([[...set.labels], [...set.image(0)], [...set.image(1)]]).toEqual([
      [1, 0],
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(() => set.image(2)).toThrow('there is no picture 2; the data set holds 2');
  });

  test.each([
    [labels(0), {}, 'there are 2 pictures but 1 labels'],
    [
      labels(0, 2),
      {},
      'class 1 has no picture; there are 3 classes, counted from 0: add pictures of it, or number the classes without gaps',
    ],
    [labels(0, 2), { classes: 2 }, 'label 1 is 2; labels are whole numbers from 0 to 1'],
    [
      labels(0, 1),
      { classes: ['cat', 'dog', 'emu'] },
      'class 2 (emu) has no picture; there are 3 classes, counted from 0: add pictures of it, or take its name out of the classes',
    ],
  ])('refused %#', (bytes, options, message) => {
    expect(() => readLabelledIdx(images, bytes, options)).toThrow(new InputError(message));
  });

  test.skipIf(!hasData)('Fashion-MNIST: 10,000 pictures, 1,000 of each class', () => {
    const set = readLabelledIdx(
      data('fashion-mnist/t10k-images-idx3-ubyte.gz'),
      data('fashion-mnist/t10k-labels-idx1-ubyte.gz'),
    );
    expect(set).toMatchObject({ count: 10_000, channels: 1, height: 28, width: 28 });
    expect(set.classes.map((_, k) => set.labels.filter((label) => label === k).length)).toEqual(Array(10).fill(1000));
  });
});

describe('CIFAR', () => {
  const record = (labels: readonly number[], red: number): Uint8Array =>
    concat(
      labels,
      new Uint8Array(1024).fill(red),
      new Uint8Array(1024).fill(red + 1),
      new Uint8Array(1024).fill(red + 2),
    );
  const ten = concat(...Array.from({ length: 10 }, (_, i) => record([9 - i], 10 * i)));

  test('batches of CIFAR-10 follow one another; planes become pixels', () => {
    const set = readCifar([ten, ten.subarray(0, 3073)], 10);
    expect(set).toMatchObject({ count: 11, channels: 3, height: 32, width: 32 });
    expect([...set.labels]).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 9]);
    expect([...set.image(3).subarray(0, 6)]).toEqual([30, 31, 32, 30, 31, 32]);
    expect(set.image(10)).toEqual(set.image(0));
    expect(set.image(9)[3071]).toBe(92);
  });

  test('of CIFAR-100 the fine labels, with names', () => {
    const names = Array.from({ length: 100 }, (_, i) => `kind ${i}`);
    const set = readCifar([concat(...names.map((_, i) => record([7, i], 0)))], 100, { classes: names });
    expect([set.classes[99], set.labels[99], set.image(99)[2]]).toEqual(['kind 99', 99, 2]);
  });

  test('refused', () => {
    expect(() => readCifar([ten.subarray(0, 5000)], 10)).toThrow(
      new InputError('damaged CIFAR-10 batch 1: it has 5000 bytes, and its records take 3073 each'),
    );
    expect(() => readCifar([ten, record([10], 0)], 10)).toThrow('label 10 is 10; labels are whole numbers from 0 to 9');
    expect(() => readCifar([ten.subarray(3073)], 10)).toThrow('class 9 has no picture');
    expect(() => readCifar([], 10)).toThrow('the data set holds no pictures');
    fuzz(ten.subarray(0, 3073), (bytes) => readCifar([bytes], 10), 200);
  });

  test('the files of a split', () => {
    const batches = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);
    const files = [...batches, 'test_batch.bin', 'batches.meta.txt', 'readme.html'];
    expect(findCifar(files, 'train')).toEqual({ kind: 10, files: batches, names: 'batches.meta.txt' });
    expect(findCifar(files, 'test')!.files).toEqual(['test_batch.bin']);
    expect(findCifar(['train.bin', 'test.bin', 'fine_label_names.txt'], 'train')).toEqual({
      kind: 100,
      files: ['train.bin'],
      names: 'fine_label_names.txt',
    });
    expect(findCifar(['train-images-idx3-ubyte'], 'train')).toBeUndefined();
    expect(() => findCifar(batches.slice(1), 'train')).toThrow('the folder of CIFAR-10 has no data_batch_1.bin');
    expect(() => findCifar(['train.bin'], 'test')).toThrow('the folder of CIFAR-100 has no test.bin');
  });
});

describe('folders of pictures', () => {
  const png = (width: number, height: number, channels: 1 | 3, value: number): Uint8Array =>
    encode({ width, height, channels, data: new Uint8Array(width * height * channels).map((_, i) => value + i) });
  const file = (name: string, bytes: Uint8Array): { name: string; bytes: Uint8Array } => ({ name, bytes });

  test('classes are folders; grey is repeated where one picture has colours', () => {
    const set = readImageFolders([
      { name: 'ant', pictures: [file('1.png', png(2, 1, 1, 5)), file('2.png', png(2, 1, 3, 50))] },
      { name: 'bee', pictures: [file('1.png', png(2, 1, 1, 9))] },
    ]);
    expect(set).toMatchObject({ count: 3, channels: 3, height: 1, width: 2, classes: ['ant', 'bee'] });
    expect([...set.labels]).toEqual([0, 0, 1]);
    expect([0, 1, 2].map((i) => [...set.image(i)])).toEqual([
      [5, 5, 5, 6, 6, 6],
      [50, 51, 52, 53, 54, 55],
      [9, 9, 9, 10, 10, 10],
    ]);
  });

  test('grey where all are, or where it is asked for; fitted where they are not of one size', () => {
    const grey = [{ name: 'a', pictures: [file('1.png', png(2, 1, 1, 5))] }];
    expect(readImageFolders(grey).channels).toBe(1);
    const white = encode({ width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0) });
    const red = readImageFolders([{ name: 'a', pictures: [file('1.png', white)] }], { channels: 1 });
    expect([...red.image(0)]).toEqual([76]);
    const mixed = { name: 'a', pictures: [file('1.png', png(2, 2, 1, 5)), file('2.png', png(4, 4, 1, 5))] };
    const set = readImageFolders([mixed], { fit: (picture) => resize(picture, 2, 2) });
    expect(set).toMatchObject({ height: 2, width: 2, count: 2, isFitted: true });
    expect(readImageFolders(grey, { fit: (picture) => resize(picture, 2, 2) })).toMatchObject({ height: 1, width: 2 });
  });

  test('a part has the labels of all classes, of which it may lack some', () => {
    const cat = { name: 'cat', pictures: [file('1.png', png(2, 1, 1, 5))] };
    const classes = ['ant', 'bee', 'cat'];
    const part = readImageFolders([{ name: 'bee', pictures: [] }, cat], { classes });
    expect({ classes: part.classes, labels: [...part.labels] }).toEqual({ classes, labels: [2] });
    expect(() => readImageFolders([{ ...cat, name: 'dog' }], { classes })).toThrow(
      'dog is none of the classes: ant, bee, cat',
    );
  });

  test.each([
    [[], 'there is no folder of pictures, one for each class'],
    [
      [{ name: 'no', pictures: [] }],
      'class 0 (no) has no picture, neither PNG nor JPEG: put some there, or remove the folder',
    ],
    [
      [{ name: 'a', pictures: [file('1.png', png(2, 1, 1, 5)), file('x y.png', png(1, 2, 1, 5))] }],
      '"a/x y.png" has 2×1 pixels, but a/1.png 1×2; all pictures need the same size',
    ],
    [
      [{ name: 'a', pictures: [file('b.txt', concat('hello'))] }],
      'a/b.txt: not a picture that can be read: it starts like neither PNG nor JPEG',
    ],
  ])('refused %#', (folders, message) => {
    expect(() => readImageFolders(folders)).toThrow(new InputError(message));
  });
});

describe('npy', () => {
  const labels = npy('<i8', [2], longs(1, 0));

  test('bytes [N,H,W], as they are', () => {
    const set = readLabelledNpy(npy('|u1', [2, 1, 2], [1, 2, 3, 4]), labels);
    expect(set).toMatchObject({ count: 2, channels: 1, height: 1, width: 2, classes: ['0', '1'] });
    expect([[...set.labels], [...set.image(1)]]).toEqual([
      [1, 0],
      [3, 4],
    ]);
    const fortran = readLabelledNpy(npy('|u1', [2, 1, 2], [1, 3, 2, 4], true), labels);
    expect([...fortran.image(0), ...fortran.image(1)]).toEqual([1, 2, 3, 4]);
  });

  test('[N,C,H,W] and [N,H,W,C]; labels [N,1]', () => {
    const body = Array.from({ length: 12 }, (_, i) => i);
    const column = npy('|u1', [2, 1], [0, 1]);
    const planes = readLabelledNpy(npy('|u1', [2, 3, 1, 2], body), column);
    expect([planes.channels, [...planes.image(1)]]).toEqual([3, [6, 8, 10, 7, 9, 11]]);
    expect([...readLabelledNpy(npy('|u1', [2, 1, 2, 3], body), column).image(1)]).toEqual([6, 7, 8, 9, 10, 11]);
  });

  test('floats from 0 to 1 times 255, whole ones as they are', () => {
    const pictures = (...values: number[]) => readLabelledNpy(npy('<f4', [2, 1, 2], floats(...values)), labels);
    const all = (set: ReturnType<typeof pictures>) => [...set.image(0), ...set.image(1)];
    expect(all(pictures(0, 1, 0.5, 100 / 255))).toEqual([0, 255, 128, 100]);
    expect(all(pictures(0, 1, 2, 255))).toEqual([0, 1, 2, 255]);
  });

  const bytes = npy('|u1', [2, 1, 2], [1, 2, 3, 4]);
  test.each([
    [npy('<f4', [2, 1, 2], floats(0, NaN, 0, 0)), labels, /^pixel 1 is NaN; pixels are all from 0 to 1, or/],
    [npy('<f4', [2, 1, 2], floats(0, 0, -0.5, 0)), labels, /^pixel 2 is -0.5; pixels/],
    [npy('<f4', [2, 1, 2], floats(0, 0, 2, 0.5)), labels, /^pixel 3 is 0.5; pixels/],
    [npy('<f4', [2, 1, 2], floats(0, 0, 0, 256)), labels, /^pixel 3 is 256; pixels/],
    [npy('|u1', [4], [1, 2, 3, 4]), labels, /holds \[4\], expected \[count, height, width\] or/],
    [npy('|u1', [2, 2, 1, 2], Array(8).fill(0)), labels, /holds \[2, 2, 1, 2\], expected/],
    [npy('|u1', [2, 0, 2], []), labels, /its header says 2×0 pixels/],
    [npy('|u1', [0, 1, 2], []), npy('|u1', [0], []), /^the data set holds no pictures$/],
    [bytes.subarray(0, bytes.length - 1), labels, /needs 4 bytes of data, but it has 3/],
    [bytes, npy('<i8', [3], longs(0, 1, 2)), /^there are 2 pictures but 3 labels$/],
    [bytes, npy('<i8', [1, 2], longs(0, 1)), /^the npy file of labels holds \[1, 2\], expected \[count\]$/],
    [bytes, npy('<f4', [2], floats(0, 1)), /^the npy file of labels holds elements of type f4, expected whole numbers/],
    [bytes, npy('<i8', [2], longs(0, -1)), /^label 1 is -1; labels are whole numbers from 0 to 65535$/],
    [bytes, npy('<i8', [2], longs(0, 70_000)), /^label 1 is 70000; labels/],
  ])('refused %#', (pictures, classes, message) => {
    expect(() => readLabelledNpy(pictures, classes)).toThrow(message);
    expect(() => readLabelledNpy(pictures, classes)).toThrow(InputError);
  });

  test('damaged anywhere', () => fuzz(bytes, (damaged) => readLabelledNpy(damaged, labels), 1000));
});

describe('targets', () => {
  const pictures = npy('|u1', [2, 1, 2], [1, 2, 3, 4]);

  test('of any type and shape, one for each picture', () => {
    const set = readTargetsNpy(pictures, npy('|i1', [2, 1, 1, 3], Int8Array.of(1, -1, 0, 5, 6, -7) as never));
    expect(set).toMatchObject({ count: 2, width: 2, classes: ['0'], targets: { shape: [1, 1, 3] } });
    expect([[...set.labels], [...set.targets!.values], [...set.image(1)]]).toEqual([
      [0, 0],
      [1, -1, 0, 5, 6, -7],
      [3, 4],
    ]);
    expect(readTargetsNpy(pictures, npy('<f4', [2], floats(0.5, 2))).targets!.shape).toEqual([1]);
  });

  test('go with their pictures', () => {
    const set = readTargetsNpy(pictures, npy('<f4', [2, 2], floats(1, 2, 3, 4)));
    const two = subset(set, [1, 0, 1]);
    expect([...two.targets!.values]).toEqual([3, 4, 1, 2, 3, 4]);
  });

  test.each([
    [
      npy('<f4', [3, 2], floats(1, 2, 3, 4, 5, 6)),
      'holds [3, 2], expected [2, …], an answer to each of the 2 pictures',
    ],
    [npy('<f4', [], floats(1)), 'holds [], expected [2, …]'],
    [Uint8Array.of(0x89, 0x50, 0x4e, 0x47), 'targets: not an npy file'],
    [npy('<c8', [2], Array(16).fill(0)), "targets: the npy file's element type is <c8"],
    [npy('<f8', [2], Array(7).fill(0)), 'targets: damaged npy file: [2] of <f8 needs 16 bytes of data, but it has 7'],
    [npy('<f8', [2], new Uint8Array(Float64Array.of(0, 1e300).buffer)), 'targets: element 1 of the npy file is 1e+300'],
    [npy('<f4', [2, 1], floats(1, NaN)), 'number 1 of the targets is NaN; expected finite numbers (image 1)'],
  ])('refused %#', (targets, message) => {
    expect(() => readTargetsNpy(pictures, targets)).toThrow(message);
    expect(() => readTargetsNpy(pictures, targets)).toThrow(InputError);
  });

  test('too few numbers are refused', () => {
    const set = readLabelledNpy(pictures, npy('<i8', [2], longs(0, 1)));
    expect(() => withTargets(set, { shape: [3], values: new Float32Array(5) })).toThrow(
      '2 targets of shape [3] are 6 numbers, but there are 5',
    );
  });
});

test('a subset keeps the order it is given, and all classes', () => {
  const set = labelledImages({ count: 3, channels: 1, height: 1, width: 1 }, Uint8Array.of(7, 8, 9), [0, 1, 2]);
  const two = subset(set, [2, 0]);
  expect(two).toMatchObject({ count: 2, classes: ['0', '1', '2'] });
  expect([[...two.labels], [...two.image(0)], [...two.image(1)]]).toEqual([[2, 0], [9], [7]]);
  expect(() => two.image(2)).toThrow(RangeError);
  expect(() => subset(set, [3])).toThrow('there is no picture 3; the data set holds 3');
  expect(() => labelledImages({ count: 2, channels: 3, height: 1, width: 1 }, new Uint8Array(5), [0, 1])).toThrow(
    '2 pictures of 1×1 pixels need 6 bytes, but there are 5',
  );
});
