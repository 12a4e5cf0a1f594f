// A labelled data set in two IDX files, as MNIST and Fashion-MNIST come.

import { formatShape } from '../../compiler/ir/tensor-type.ts';
import { readIdxBytes, readIdxHeader } from './idx.ts';
import { InputError } from './input-error.ts';
import { checkPixels } from './picture-limits.ts';
import type { Picture } from './picture.ts';

export type Split = 'train' | 'test';

export interface DatasetFiles {
  readonly images: string;
  readonly labels: string;
}

export interface Dataset {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** [count, height, width], one grey byte a pixel. */
  readonly pixels: Uint8Array;
  /** Class of each picture. */
  readonly labels: Uint8Array;
}

/** Picks the pair for `split` from a folder's file names (`t10k-images-idx3-ubyte.gz`, `train-labels.idx1-ubyte`, …). Throws `InputError`. */
export function findDataset(fileNames: readonly string[], split: Split): DatasetFiles {
  return { images: findFile(fileNames, split, 'images', 3), labels: findFile(fileNames, split, 'labels', 1) };
}

/** Both files, gzipped or not. Throws `InputError`. */
export function readDataset(images: Uint8Array, labels: Uint8Array, maxBytes?: number): Dataset {
  // The headers are compared before anything is decompressed.
  const [pictures, classes] = [readIdxHeader(images).shape, readIdxHeader(labels).shape];
  const [count, height, width] = pictures;
  if (pictures.length !== 3)
    throw new InputError(`the file of pictures holds ${formatShape(pictures)}, expected [count, height, width]`);
  if (classes.length !== 1) throw new InputError(`the file of labels holds ${formatShape(classes)}, expected [count]`);
  if (classes[0] !== count) throw new InputError(`there are ${count} pictures but ${classes[0]} labels`);
  checkPixels('IDX', width!, height!);
  const pixels = readIdxBytes(images, maxBytes).data;
  return { count: count!, height: height!, width: width!, pixels, labels: readIdxBytes(labels, maxBytes).data };
}

/** Picture number `index`, a view of the data set. */
export function pictureAt(dataset: Dataset, index: number): Picture {
  const { width, height } = dataset;
  return {
    width,
    height,
    channels: 1,
    data: dataset.pixels.subarray(index * width * height, (index + 1) * width * height),
  };
}

function findFile(fileNames: readonly string[], split: Split, kind: 'images' | 'labels', rank: 1 | 3): string {
  const prefixes = split === 'test' ? ['t10k', 'test'] : ['train'];
  for (const prefix of prefixes) {
    for (const ending of ['', '.gz']) {
      for (const dot of ['-', '.']) {
        const name = `${prefix}-${kind}${dot}idx${rank}-ubyte${ending}`;
        if (fileNames.includes(name)) return name;
      }
    }
  }
  throw new InputError(
    `the folder has no file of ${split} ${kind}, expected ${prefixes[0]}-${kind}-idx${rank}-ubyte or ….gz`,
  );
}
