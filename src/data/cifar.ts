// The binary version of CIFAR-10 and CIFAR-100 (https://www.cs.toronto.edu/~kriz/cifar.html): records of one or two labels and
// 3072 bytes, a red, a green and a blue plane of 32 × 32.

import { InputError } from './input-error.ts';
import { type ClassOptions, type LabelledImages, labelledImages } from './labelled-images.ts';
import type { Split } from './dataset.ts';

export interface CifarFiles {
  /** Number of classes. */
  readonly kind: 10 | 100;
  readonly files: readonly string[];
  /** The file of class names, where the folder has it. */
  readonly names: string | undefined;
}

const SIDE = 32;
const PIXELS = SIDE * SIDE;

/** The batches of `split` among a folder's file names, or undefined where it is not CIFAR's. Throws `InputError` where one is missing. */
export function findCifar(fileNames: readonly string[], split: Split): CifarFiles | undefined {
  const has = (name: string): boolean => fileNames.includes(name);
  const named = (name: string): string | undefined => (has(name) ? name : undefined);
  if (fileNames.some((name) => /^(data_batch_\d|test_batch)\.bin$/.test(name))) {
    const files = split === 'test' ? ['test_batch.bin'] : [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);
    const missing = files.find((name) => !has(name));
    if (missing !== undefined) throw new InputError(`the folder of CIFAR-10 has no ${missing}`);
    return { kind: 10, files, names: named('batches.meta.txt') };
  }
  const names = named('fine_label_names.txt');
  if (!has('train.bin') && !has('test.bin')) return undefined;
  if (!has(`${split}.bin`)) throw new InputError(`the folder of CIFAR-100 has no ${split}.bin`);
  return { kind: 100, files: [`${split}.bin`], names };
}

/** The pictures of all batches, in their order; of CIFAR-100 the fine labels. Throws `InputError`. */
export function readCifar(batches: readonly Uint8Array[], kind: 10 | 100, options: ClassOptions = {}): LabelledImages {
  const labelBytes = kind === 10 ? 1 : 2;
  const recordBytes = labelBytes + 3 * PIXELS;
  for (const [i, batch] of batches.entries()) {
    if (batch.length === 0 || batch.length % recordBytes !== 0) {
      throw new InputError(
        `damaged CIFAR-${kind} batch ${i + 1}: it has ${batch.length} bytes, and its records take ${recordBytes} each`,
      );
    }
  }
  const records = batches.flatMap((batch) =>
    Array.from({ length: batch.length / recordBytes }, (_, i) =>
      batch.subarray(i * recordBytes, (i + 1) * recordBytes),
    ),
  );
  const count = records.length;
  const labels = Uint8Array.from(records, (record) => record[labelBytes - 1]!);
  const pixels = new Uint8Array(count * 3 * PIXELS);
  for (const [i, record] of records.entries())
    interleave(record.subarray(labelBytes), 3, PIXELS, pixels, i * 3 * PIXELS);
  return labelledImages({ count, channels: 3, height: SIDE, width: SIDE }, pixels, labels, {
    ...options,
    classes: options.classes ?? kind,
  });
}

/** [C, pixels] → [pixels, C], written at `at`. */
export function interleave(planes: Uint8Array, channels: number, pixels: number, to: Uint8Array, at: number): void {
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < pixels; i++) to[at + i * channels + channel] = planes[channel * pixels + i]!;
  }
}
