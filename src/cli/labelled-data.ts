// `--data` of `cnnc train` and `eval`: built-in digits, or a folder with IDX files, CIFAR's batches, arrays, or pictures in a folder for
// each class.

import type { InputSettings } from '../../compiler/ir/graph.ts';
import { type Shape, formatShape } from '../../compiler/ir/tensor-type.ts';
import type { Pixels } from '../../runtime/abi.ts';
import { findCifar, readCifar } from '../data/cifar.ts';
import { findDataset } from '../data/dataset.ts';
import type { Split } from '../data/dataset.ts';
import { digits } from '../data/digits/digits.ts';
import { checkIdxFile } from '../data/idx.ts';
import { InputError } from '../data/input-error.ts';
import { readImageFolders } from '../data/labelled-folder.ts';
import { readLabelledIdx } from '../data/labelled-idx.ts';
import type { LabelledImages } from '../data/labelled-images.ts';
import { readLabels } from '../data/labels.ts';
import { type NamedFile, readMapFolders } from '../data/map-folders.ts';
import type { Picture } from '../data/picture.ts';
import { defaultSettings, fitPicture } from '../data/preprocess.ts';
import type { TrainingData } from '../train/prepare.ts';
import { UsageError, inFile } from './errors.ts';
import { readArrays } from './labelled-arrays.ts';
import type { Files } from './io.ts';
import { within } from './paths.ts';

/** What the network takes, and how pictures become that. */
interface Taken {
  readonly shape: Shape;
  readonly settings: InputSettings;
  /** The class of pixels that do not count. */
  readonly ignored?: number | undefined;
}

const MAX_DATA_BYTES = 1 << 30;
const MAX_PICTURE_BYTES = 64 << 20;
const DEFAULT_DIGITS = 10_000;

/**
 * `shape` is the network's input; digits are drawn in its size, and pictures of several sizes brought to it as `settings` say. Throws
 * `InputError`, `UsageError`.
 */
export function openTrainingData(
  data: string,
  shape: Shape,
  files: Files,
  settings: InputSettings = defaultSettings,
  ignored?: number,
): TrainingData {
  if (data === 'digits' || data.startsWith('digits:')) return drawnDigits(data, shape);
  const names = files.list(data);
  const training = readSplit(data, names, 'train', files, { shape, settings, ignored });
  if (!training) {
    throw new InputError(
      `${data}: there are no images to train on, expected train-images-idx3-ubyte and train-labels-idx1-ubyte (also .gz), batches of CIFAR, train-images.npy or train-inputs.npy with train-labels.npy or train-targets.npy, folders train-images and train-targets, or a folder \`train\` with a folder of pictures for each class`,
    );
  }
  const test = readSplit(data, names, 'test', files, { shape, settings, ignored });
  return { training, ...(test && { test }) };
}

/**
 * One part of the same data sets, whose images have classes, or with `maps`, whose pixels have. Throws `InputError`,
 * `UsageError`.
 */
export function openLabelledImages(
  data: string,
  split: Split,
  shape: Shape,
  files: Files,
  settings: InputSettings,
  { maps = false, ignored }: { readonly maps?: boolean; readonly ignored?: number | undefined } = {},
): LabelledImages {
  if (data === 'digits' || data.startsWith('digits:')) {
    const { training, test } = drawnDigits(data, shape);
    return split === 'train' ? training : test!;
  }
  const images = readSplit(data, files.list(data), split, files, { shape, settings, ignored });
  if (!images) {
    const [idx, cifar] = split === 'test' ? ['t10k', 'test_batch.bin'] : ['train', 'data_batch_1.bin'];
    throw new InputError(
      `${data}: there are no ${split} images, expected ${idx}-images-idx3-ubyte and ${idx}-labels-idx1-ubyte (also .gz), ${cifar} of CIFAR, ${split}-images.npy or ${split}-inputs.npy with ${split}-labels.npy or ${split}-targets.npy, or a folder \`${split}\` with a folder of pictures for each class`,
    );
  }
  if (images.targets && !maps)
    throw new InputError(`${data}: the ${split} images have targets; accuracy is counted of images with classes`);
  if (images.count === 0) throw new InputError(`${data}: the data set is empty`);
  return images;
}

function drawnDigits(data: string, [, height = 0, width = 0]: Shape): TrainingData {
  const text = data.slice('digits:'.length);
  const count = text === '' ? DEFAULT_DIGITS : /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (count < 10) throw new UsageError(`--data digits:COUNT takes a whole number from 10 to 9999999; found ${data}`);
  const isDrawable = Math.min(height, width) >= 8 && Math.max(height, width) <= 1024;
  const size = isDrawable ? { height, width } : {};
  return {
    training: digits({ count, ...size }),
    test: digits({ count: Math.max(10, Math.floor(count / 5)), split: 'test', ...size }),
  };
}

/** Undefined where the folder has no such part. */
function readSplit(
  folder: string,
  names: readonly string[],
  split: Split,
  files: Files,
  taken: Taken,
): LabelledImages | undefined {
  const found = inFile(folder, () => readFiles(folder, names, split, files));
  if (found) return found;
  if (names.includes(`${split}-images`)) return readMaps(folder, split, files, taken);
  if (!names.includes(split)) return undefined;
  // Their labels are those of the classes that are trained on.
  const classes = split === 'test' && names.includes('train') ? classesIn(within(folder, 'train'), files) : undefined;
  return readFolders(within(folder, split), files, taken, classes);
}

/** Of IDX, CIFAR and arrays. */
function readFiles(folder: string, names: readonly string[], split: Split, files: Files): LabelledImages | undefined {
  const read = (name: string): Uint8Array => files.read(within(folder, name), MAX_DATA_BYTES);
  const isTest = split === 'test';
  if (names.some((name) => (isTest ? /^(t10k|test)-images[-.]idx3/ : /^train-images[-.]idx3/).test(name))) {
    const { images, labels } = findDataset(names, split);
    const idx = (name: string): Uint8Array => files.read(within(folder, name), MAX_DATA_BYTES, checkIdxFile);
    return readLabelledIdx(idx(images), idx(labels), { maxBytes: MAX_DATA_BYTES, isTest });
  }
  const isCifar = names.some((name) =>
    (isTest ? /^(test_batch|test)\.bin$/ : /^(data_batch_\d|train)\.bin$/).test(name),
  );
  if (isCifar) {
    const found = findCifar(names, split);
    const classes = found?.names === undefined ? undefined : readLabels(read(found.names));
    if (found) return readCifar(found.files.map(read), found.kind, { ...(classes && { classes }), isTest });
  }
  return readArrays(names, split, (name, check) => files.read(within(folder, name), MAX_DATA_BYTES, check));
}

const classesIn = (folder: string, files: Files): readonly string[] =>
  files.list(folder).filter((name) => !name.startsWith('.'));

/** Pictures in one folder, and the classes of their pixels in another. */
function readMaps(folder: string, split: Split, files: Files, { settings, shape, ignored = 0 }: Taken): LabelledImages {
  const [channels, height, width] = shape;
  if (shape.length !== 3 || (channels !== 1 && channels !== 3))
    throw new InputError(
      `the input is ${formatShape(shape)}, but a picture makes [1, height, width] or [3, height, width]`,
    );
  const filesIn = (name: string, endings: RegExp): readonly NamedFile[] => {
    const own = within(folder, name);
    return files
      .list(own)
      .filter((file) => endings.test(file))
      .map((file) => {
        const path = within(own, file);
        return { name: file, path, read: () => files.read(path, MAX_PICTURE_BYTES) };
      });
  };
  // What comes in beside a picture does not count, or is of class 0, whatever its colour.
  const { fill: _, colors: __, mean: ___, std: ____, ...moves } = settings;
  const forClasses = { ...moves, colors: 'gray', filter: 'nearest' } as const;
  return readMapFolders(filesIn(`${split}-images`, /\.(png|jpe?g)$/i), filesIn(`${split}-targets`, /\.png$/i), {
    ...{ height: height!, width: width!, channels },
    fit: (picture) => fitPicture(picture, settings, shape),
    fitClasses: (classes, color) => fitPicture(classes, { ...forClasses, fill: [color] }, [1, height!, width!]),
    outside: ignored,
  });
}

/** A folder for each class, in the order of their names; `classes` has all, where some may have none. */
function readFolders(
  folder: string,
  files: Files,
  { settings, shape }: Taken,
  classes?: readonly string[],
): LabelledImages {
  const fit = (picture: Picture): Pixels => fitPicture(picture, settings, shape);
  let left = MAX_DATA_BYTES;
  const folders = classesIn(folder, files).map((name) => {
    const inner = within(folder, name);
    const pictures = files.list(inner).filter((file) => /\.(png|jpe?g)$/i.test(file));
    return {
      name,
      pictures: pictures.map((file) => {
        const bytes = files.read(within(inner, file), MAX_PICTURE_BYTES);
        left -= bytes.length;
        if (left < 0) throw new InputError(`${folder} holds more than ${MAX_DATA_BYTES} bytes`, { limit: true });
        return { name: file, bytes };
      }),
    };
  });
  return readImageFolders(folders, { fit, path: folder, ...(classes && { classes }) });
}
