// Input tensors from a file of any kind: pictures, npy, safetensors, IDX, JSON and CSV, told by content first and name second.

import { fileKind } from '../../runtime/magic.ts';
import type { InputSettings } from '../../compiler/ir/graph.ts';
import { type Shape, formatShape, sameShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import { readSafetensors } from '../weights/safetensors.ts';
import { readCsv } from './csv.ts';
import { isGzip } from './gzip.ts';
import { readIdx } from './idx.ts';
import { InputError, printable } from './input-error.ts';
import { readJsonArray } from './json.ts';
import { isNpy, readNpy } from './npy.ts';
import type { NumericArray } from './numeric.ts';
import { isPicture, readPicture } from './picture.ts';
import { pictureToTensor } from './preprocess.ts';

export interface TensorBatch {
  /** `[count, ...shape]`, row-major. */
  readonly data: Float32Array;
  readonly count: number;
}

/**
 * The images in `bytes` for an input of `shape` (without the batch axis). Pictures and IDX bytes go through `settings`; arrays of
 * reals are taken as they are. `tensor` names one of several tensors in a safetensors file. Throws `InputError`, which does not
 * name the file.
 */
export function readTensors(
  bytes: Uint8Array,
  fileName: string,
  shape: Shape,
  settings: InputSettings,
  tensor?: string,
): TensorBatch {
  if (isPicture(bytes)) return { data: pictureToTensor(readPicture(bytes), settings, shape), count: 1 };
  const extension = /\.([a-z0-9]+)$/i.exec(fileName)?.[1]?.toLowerCase() ?? '';
  if (isNpy(bytes) || extension === 'npy') return batchOf(readNpy(bytes), shape);
  if (extension === 'safetensors') return batchOf(pickTensor(bytes, tensor), shape);
  if (isGzip(bytes) || isIdx(bytes)) return picturesOf(readIdx(bytes), shape, settings);
  const kind = fileKind(bytes);
  if (extension === 'json') return batchOf(readJsonArray(textOf(bytes, 'JSON', kind)), shape);
  if (/^([ct]sv|txt)$/.test(extension)) return rowsOf(readCsv(textOf(bytes, 'CSV', kind)), shape);
  throw new InputError(
    `${printable(fileName)} is no file of a known kind${kind === undefined ? '' : ` but ${kind}`}; expected PNG, JPEG, npy, safetensors, IDX, JSON or CSV`,
  );
}

/** Checks an array against `[...shape]` or `[N, ...shape]`; `[H, W]` and `[N, H, W]` do for one channel. */
export function batchOf(array: NumericArray, shape: Shape): TensorBatch {
  const planar = shape.length === 3 && shape[0] === 1 ? shape.slice(1) : undefined;
  for (const one of planar ? [shape, planar] : [shape]) {
    if (sameShape(array.shape, one)) return { data: array.data, count: 1 };
    if (array.shape.length === one.length + 1 && sameShape(array.shape.slice(1), one) && array.shape[0]! > 0) {
      return { data: array.data, count: array.shape[0]! };
    }
  }
  throw wrongShape(array.shape, shape);
}

/** A row for each image, or the one image of one channel as its rows. */
function rowsOf(table: NumericArray, shape: Shape): TensorBatch {
  const [rows, columns] = table.shape as [number, number];
  if (columns === sizeOf(shape)) return { data: table.data, count: rows };
  if (rows * columns === sizeOf(shape) && columns === shape.at(-1)) return { data: table.data, count: 1 };
  throw new InputError(
    `the table has ${rows} rows and ${columns} columns, expected ${sizeOf(shape)} columns (a row for each ${formatShape(shape)}) or ${shape.at(-1)} columns and ${sizeOf(shape) / shape.at(-1)!} rows`,
  );
}

/** Bytes of IDX files are grey pictures: every one goes through `settings`. */
function picturesOf(array: NumericArray, shape: Shape, settings: InputSettings): TensorBatch {
  if (array.shape.length !== 3)
    throw new InputError(`the IDX file holds ${formatShape(array.shape)}, expected pictures [count, height, width]`);
  const [count, height, width] = array.shape as [number, number, number];
  if (count === 0) throw new InputError('the IDX file holds no picture');
  const size = sizeOf(shape);
  const pixels = height * width;
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const picture = {
      width,
      height,
      channels: 1 as const,
      data: Uint8Array.from(array.data.subarray(i * pixels, (i + 1) * pixels)),
    };
    data.set(pictureToTensor(picture, settings, shape), i * size);
  }
  return { data, count };
}

function pickTensor(bytes: Uint8Array, name: string | undefined): NumericArray {
  const { tensors } = readSafetensors(bytes);
  const found = name === undefined ? undefined : tensors.find((tensor) => tensor.name === name);
  if (found) return found;
  if (tensors.length === 1) return tensors[0]!;
  const names = tensors.slice(0, 10).map((tensor) => printable(tensor.name));
  throw new InputError(
    `the file holds ${tensors.length} tensors (${names.join(', ')}${tensors.length > 10 ? ', …' : ''}); one, or one named like the input, was expected`,
  );
}

function wrongShape(found: Shape, expected: Shape): InputError {
  const [channels, height, width] = expected;
  const last = found.slice(-3);
  const one = expected.length === 3 && channels !== undefined && sameShape(last, [height!, width!, channels]);
  const hint = one && found.length <= 4 ? '; the channels come last in it, and they must come first' : '';
  return new InputError(
    `the array is ${formatShape(found)}, expected ${formatShape(expected)} or [N, ${expected.join(', ')}]${hint}`,
  );
}

function isIdx(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0 && bytes[2]! >= 8 && bytes[2]! <= 14 && bytes[3]! > 0 && bytes[3]! < 8;
}

function textOf(bytes: Uint8Array, expected: 'JSON' | 'CSV', kind: string | undefined): string {
  const isOther = kind !== undefined && kind !== 'a text file' && kind !== `${expected} text`;
  if (isOther) throw new InputError(`not ${expected} but ${kind}`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError('the file is not UTF-8 text', { cause });
  }
}
