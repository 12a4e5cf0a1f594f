// A labelled data set in a pair of IDX files.

import { readDataset } from './dataset.ts';
import { type ClassOptions, type LabelledImages, labelledImages } from './labelled-images.ts';

/** Both files, gzipped or not; grey. Throws `InputError`. */
export function readLabelledIdx(
  images: Uint8Array,
  labels: Uint8Array,
  options: ClassOptions & { readonly maxBytes?: number } = {},
): LabelledImages {
  const { count, height, width, pixels, labels: classes } = readDataset(images, labels, options.maxBytes);
  return labelledImages({ count, channels: 1, height, width }, pixels, classes, options);
}
