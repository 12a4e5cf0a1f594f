// The images of `--data`, one by one: a data set in IDX files, the pictures of a folder, a list of pictures, or a file of arrays.

import type { InputSettings } from '../../../compiler/ir/graph.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { checkTensorFile } from '../../data/check-tensor-file.ts';
import { findDataset, pictureAt, readDataset } from '../../data/dataset.ts';
import type { Split } from '../../data/dataset.ts';
import { checkIdxFile } from '../../data/idx.ts';
import { InputError } from '../../data/input-error.ts';
import { readPicture } from '../../data/picture.ts';
import { pictureToTensor } from '../../data/preprocess.ts';
import { readTensors } from '../../data/tensor-file.ts';
import { inFile } from '../errors.ts';
import type { Files } from '../io.ts';
import { folderOf, within } from '../paths.ts';
import { digestOf } from './manifest.ts';
import { readText } from '../text.ts';

export interface Items {
  readonly count: number;
  /** Of `Manifest`. */
  readonly contents: string;
  /** What is known of an image beside its number: its file, its class. */
  about(index: number): { readonly file?: string; readonly label?: number };
  /** Of the network's input. Throws `InputError` where the image cannot be read. */
  tensor(index: number): Float32Array;
}

interface Wanted {
  readonly shape: Shape;
  readonly settings: InputSettings;
  readonly split: Split;
}

const MAX_DATA_BYTES = 1 << 30;
const MAX_PICTURE_BYTES = 64 << 20;
const MAX_LIST_BYTES = 64 << 20;

/** Throws `InputError`. */
export function openItems(path: string, wanted: Wanted, files: Files): Items {
  if (/\.(txt|lst|list)$/i.test(path)) return listed(path, wanted, files);
  if (/\.(npy|idx\d?-ubyte|safetensors|json|csv|png|jpe?g)(\.gz)?$/i.test(path)) return arrays(path, wanted, files);
  const inside = files.list(path);
  if (inside.some((name) => /idx3-ubyte(\.gz)?$/.test(name))) return dataset(path, inside, wanted, files);
  const pictures = inside.filter(isPicture).map((file) => within(path, file));
  // Folders of classes.
  const inner = inside.filter((name) => !name.includes('.')).map((name) => within(path, name));
  const all = pictures.length > 0 ? pictures : inner.flatMap((folder) => picturesIn(folder, files));
  if (all.length === 0)
    throw new InputError(
      `${path} has no images: expected IDX files named as MNIST's, or pictures (.png, .jpg), perhaps in folders`,
    );
  const names = all.map((file) => file.slice(path.length));
  return ofPictures(names, all, wanted, files);
}

const isPicture = (name: string): boolean => /\.(png|jpe?g)$/i.test(name);

function picturesIn(folder: string, files: Files): readonly string[] {
  return files
    .list(folder)
    .filter(isPicture)
    .map((file) => within(folder, file));
}

/** A path a line, relative to the folder of the list. */
function listed(path: string, wanted: Wanted, files: Files): Items {
  const folder = folderOf(path);
  const paths = readText(path, MAX_LIST_BYTES, files)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  if (paths.length === 0) throw new InputError(`${path} lists no pictures; expected a path a line`);
  return ofPictures(
    paths,
    paths.map((line) => (line.startsWith('/') ? line : within(folder, line))),
    wanted,
    files,
  );
}

/** `paths`: as they are read, of what is called `names`. */
function ofPictures(
  names: readonly string[],
  paths: readonly string[],
  { settings, shape }: Wanted,
  files: Files,
): Items {
  return {
    count: paths.length,
    contents: digestOf(names),
    about: (index) => ({ file: paths[index]! }),
    tensor(index) {
      const path = paths[index]!;
      const bytes = files.read(path, MAX_PICTURE_BYTES);
      return inFile(path, () => pictureToTensor(readPicture(bytes), settings, shape));
    },
  };
}

function dataset(folder: string, names: readonly string[], { split, settings, shape }: Wanted, files: Files): Items {
  return inFile(folder, () => {
    const found = findDataset(names, split);
    const read = (name: string): Uint8Array => files.read(within(folder, name), MAX_DATA_BYTES, checkIdxFile);
    const data = readDataset(read(found.images), read(found.labels), MAX_DATA_BYTES);
    return {
      count: data.count,
      contents: digestOf([data.pixels, data.labels]),
      about: (index) => ({ label: data.labels[index]! }),
      tensor: (index) => pictureToTensor(pictureAt(data, index), settings, shape),
    };
  });
}

function arrays(path: string, { settings, shape }: Wanted, files: Files): Items {
  const bytes = files.read(path, MAX_DATA_BYTES, (unread) => inFile(path, () => checkTensorFile(unread, path, shape)));
  const { data, count } = inFile(path, () => readTensors(bytes, path, shape, settings));
  const size = sizeOf(shape);
  const contents = digestOf([bytes]);
  return { count, contents, about: () => ({}), tensor: (index) => data.subarray(index * size, (index + 1) * size) };
}
