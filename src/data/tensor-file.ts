// Input tensors from a file of any kind: pictures, npy, safetensors, IDX, JSON and CSV, told by content first and name second.

import { fileKind } from '../../runtime/magic.ts';
import type { InputSettings } from '../../compiler/ir/graph.ts';
import { type Shape, formatShape, sameShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import { readSafetensors } from './safetensors.ts';
import { readCsv } from './csv.ts';
import { readIdx, readIdxBytes, readIdxHeader } from './idx.ts';
import { InputError, printable } from './input-error.ts';
import { readJsonArray } from './json.ts';
import { readNpy } from './npy.ts';
import type { NumericArray } from './numeric.ts';
import { checkPixels } from './picture-limits.ts';
import { type Picture, readPicture } from './picture.ts';
import { pictureToTensor } from './preprocess.ts';
import { tensorFormat } from './tensor-format.ts';

/** Largest size of a table or a JSON array. */
const MAX_TEXT_BYTES = 24 * 2 ** 20;
/** Largest size of all images as f32, and of a decompressed file. */
export const MAX_DATA_BYTES = 512 * 2 ** 20;

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
  const format = tensorFormat(bytes, fileName);
  switch (format) {
    case 'picture':
      return { data: pictureToTensor(readPicture(bytes), settings, shape), count: 1 };
    case 'npy':
      return batchOf(
        readNpy(bytes, (found) => countOf(found, shape)),
        shape,
      );
    case 'safetensors':
      return batchOf(pickTensor(bytes, tensor), shape);
    case 'IDX':
      return imagesOf(bytes, shape, settings);
    case 'JSON':
      return batchOf(readJsonArray(textOf(bytes, format), shape.at(-1)), shape);
    case 'CSV':
      return rowsOf(
        readCsv(textOf(bytes, format), sizeOf(shape), (columns) => checkColumns(columns, shape)),
        shape,
      );
    default:
      return format satisfies never;
  }
}

/** Checks an array against `[...shape]` or `[N, ...shape]`; `[H, W]` and `[N, H, W]` do for one channel. */
export function batchOf(array: NumericArray, shape: Shape): TensorBatch {
  return { data: array.data, count: countOf(array.shape, shape) };
}

/** How many images an array of the shape `found` holds. */
export function countOf(found: Shape, shape: Shape): number {
  const planar = shape.length === 3 && shape[0] === 1 ? shape.slice(1) : undefined;
  for (const one of planar ? [shape, planar] : [shape]) {
    if (sameShape(found, one)) return 1;
    if (found.length === one.length + 1 && sameShape(found.slice(1), one) && found[0]! > 0) return found[0]!;
  }
  throw wrongShape(found, shape);
}

/** A row for each image, or the one image of one channel as its rows. */
function rowsOf(table: NumericArray, shape: Shape): TensorBatch {
  const [rows, columns] = table.shape as [number, number];
  if (columns === sizeOf(shape)) return { data: table.data, count: rows };
  if (rows * columns === sizeOf(shape) && columns === shape.at(-1)) return { data: table.data, count: 1 };
  throw wrongTable(`${rows} rows and ${columns} columns`, shape);
}

function checkColumns(columns: number, shape: Shape): void {
  if (columns !== sizeOf(shape) && columns !== shape.at(-1)) throw wrongTable(`${columns} columns`, shape);
}

function wrongTable(found: string, shape: Shape): InputError {
  const width = shape.at(-1)!;
  return new InputError(
    `the table has ${found}, expected ${sizeOf(shape)} columns (a row for each ${formatShape(shape)}) or ${width} columns and ${sizeOf(shape) / width} rows`,
  );
}

/** Bytes of IDX files are grey pictures: every one goes through `settings`. Other numbers are taken as they are. */
function imagesOf(file: Uint8Array, shape: Shape, settings: InputSettings): TensorBatch {
  const header = readIdxHeader(file);
  if (header.type !== 'u1') {
    countOf(header.shape, shape);
    return batchOf(readIdx(file, MAX_DATA_BYTES), shape);
  }
  if (header.shape.length !== 3)
    throw new InputError(`the IDX file holds ${formatShape(header.shape)}, expected pictures [count, height, width]`);
  const [count, height, width] = header.shape as [number, number, number];
  if (count === 0) throw new InputError('the IDX file holds no picture');
  checkPixels('IDX', width, height);
  const size = sizeOf(shape);
  const pixels = height * width;
  const pictureOf = (data: Uint8Array): Picture => ({ width, height, channels: 1, data });
  // All have one size, so that a blank one tells whether they fit, before anything is decompressed.
  pictureToTensor(pictureOf(new Uint8Array(pixels)), settings, shape);
  if (4 * count * size > MAX_DATA_BYTES) {
    throw new InputError(
      `the IDX file holds ${count} pictures, which take ${4 * count * size} bytes as ${formatShape(shape)}, more than ${MAX_DATA_BYTES}`,
      { limit: true },
    );
  }
  const bytes = readIdxBytes(file, MAX_DATA_BYTES).data;
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    data.set(pictureToTensor(pictureOf(bytes.subarray(i * pixels, (i + 1) * pixels)), settings, shape), i * size);
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

function textOf(bytes: Uint8Array, expected: 'JSON' | 'CSV'): string {
  const kind = fileKind(bytes);
  const isOther = kind !== undefined && kind !== 'a text file' && kind !== `${expected} text`;
  if (isOther) throw new InputError(`not ${expected} but ${kind}`);
  checkTextBytes(bytes.length);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError('the file is not UTF-8 text', { cause });
  }
}

/** Throws `InputError` for more than a table or a JSON array may have. */
export function checkTextBytes(length: number): void {
  if (length <= MAX_TEXT_BYTES) return;
  throw new InputError(
    `the text has ${length} bytes, more than the ${MAX_TEXT_BYTES} that may be read; an npy file of the same numbers is smaller`,
    { limit: true },
  );
}
