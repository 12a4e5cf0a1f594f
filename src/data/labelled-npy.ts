// A labelled data set in a pair of npy files: pictures [N,H,W] or [N,C,H,W] (or Keras's [N,H,W,C]), and whole numbers [N], or with
// what a network is to answer to each picture, [N,…].

import { formatShape } from '../../compiler/ir/tensor-type.ts';
import { interleave } from './cifar.ts';
import { InputError } from './input-error.ts';
import { type ClassOptions, type LabelledImages, labelledImages, withTargets } from './labelled-images.ts';
import { npyLayout, readNpy } from './npy.ts';
import { checkPixels } from './picture-limits.ts';

interface Layout {
  readonly count: number;
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  readonly isInterleaved: boolean;
}

/**
 * Bytes are taken as they are. Other numbers are shares from 0 to 1, or whole numbers from 0 to 255. Labels may be [N] or [N,1].
 * Throws `InputError`.
 */
export function readLabelledNpy(images: Uint8Array, labels: Uint8Array, options: ClassOptions = {}): LabelledImages {
  const layout = layoutOf(layoutIn(images, 'pictures').shape);
  const classes = readLabelNumbers(labels, layout.count);
  return labelledImages(layout, readPixels(images, layout), classes, options);
}

/** Pictures as above; `targets` is [N,…] of any type: for each picture the whole answer, or one number. Throws `InputError`. */
export function readTargetsNpy(images: Uint8Array, targets: Uint8Array): LabelledImages {
  const { count } = layoutOf(layoutIn(images, 'pictures').shape);
  checkCount(targets, count);
  return withTargetsNpy(readPicturesNpy(images), targets);
}

/** The same examples with what a network is to answer to each. Throws `InputError`. */
export function withTargetsNpy(images: LabelledImages, targets: Uint8Array): LabelledImages {
  checkCount(targets, images.count);
  const { shape, data: values } = inPart('targets', () => readNpy(targets));
  return withTargets(images, { shape: shape.length === 1 ? [1] : shape.slice(1), values });
}

/** Throws `InputError` where there is not an answer to each. */
function checkCount(targets: Uint8Array, count: number): void {
  const { shape } = layoutIn(targets, 'targets');
  if (shape[0] === count) return;
  throw new InputError(
    `the npy file of targets holds ${formatShape(shape)}, expected [${count}, …], an answer to each of the ${count} pictures`,
  );
}

/** Pictures as above, whose labels say nothing. Throws `InputError`. */
export function readPicturesNpy(images: Uint8Array): LabelledImages {
  const layout = layoutOf(layoutIn(images, 'pictures').shape);
  return labelledImages(layout, readPixels(images, layout), new Uint8Array(layout.count));
}

/** [N,H,W,C] */
function readPixels(images: Uint8Array, layout: Layout): Uint8Array {
  const { type, fortranOrder, start } = npyLayout(images, images.length);
  const read = (): Float32Array => inPart('pictures', () => readNpy(images)).data;
  const values = type === 'u1' && !fortranOrder ? images.subarray(start) : read();
  const stored = values instanceof Uint8Array ? values : type === 'u1' ? Uint8Array.from(values) : toBytes(values);
  return layout.isInterleaved ? stored : toInterleaved(stored, layout);
}

function layoutOf(shape: readonly number[]): Layout {
  const isColor = (extent: number | undefined): extent is 1 | 3 => extent === 1 || extent === 3;
  const [count = 0, second = 0, third = 0, fourth = 0] = shape;
  const found: Layout | undefined =
    shape.length === 3
      ? { count, channels: 1, height: second, width: third, isInterleaved: true }
      : shape.length === 4 && isColor(second)
        ? { count, channels: second, height: third, width: fourth, isInterleaved: second === 1 }
        : shape.length === 4 && isColor(fourth)
          ? { count, channels: fourth, height: second, width: third, isInterleaved: true }
          : undefined;
  if (!found)
    throw new InputError(
      `the npy file of pictures holds ${formatShape(shape)}, expected [count, height, width] or [count, channels, height, width] with 1 or 3 channels; numbers that are no pictures are inputs: train-inputs.npy`,
    );
  checkPixels('npy', found.width, found.height);
  return found;
}

/** A class of each of `count` examples, [count] or [count, 1]. Throws `InputError`. */
export function readLabelNumbers(bytes: Uint8Array, count: number, of = 'pictures'): Float32Array {
  const { shape, type } = layoutIn(bytes, 'labels');
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1))
    throw new InputError(`the npy file of labels holds ${formatShape(shape)}, expected [count]`);
  if (type.includes('f'))
    throw new InputError(`the npy file of labels holds elements of type ${type}, expected whole numbers (i or u)`);
  if (shape[0] !== count) throw new InputError(`there are ${count} ${of} but ${shape[0]} labels`);
  return readNpy(bytes).data;
}

type Part = 'pictures' | 'labels' | 'targets';

/** An `InputError` says in which of the files. */
function inPart<T>(part: Part, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${part}: ${error.message}`, { limit: error.limit, cause: error });
  }
}

const layoutIn = (file: Uint8Array, part: Part) => inPart(part, () => npyLayout(file, file.length));

/** Shares times 255, rounded; whole numbers above 1 as they are. */
function toBytes(values: Float32Array): Uint8Array {
  let [isShares, isWhole] = [true, true];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= 0 && value <= 255)) throw wrongPixel(i, value);
    if (value > 1) isShares = false;
    if (!Number.isInteger(value)) isWhole = false;
    if (!isShares && !isWhole) throw wrongPixel(i, value);
  }
  return Uint8Array.from(values, (value) => (isShares ? Math.floor(value * 255 + 0.5) : value));
}

function wrongPixel(index: number, value: number): InputError {
  return new InputError(
    `pixel ${index} is ${value}; pixels are all from 0 to 1, or all whole numbers from 0 to 255, before any mean is subtracted; other numbers are inputs: train-inputs.npy`,
  );
}

/** [N,C,H,W] → [N,H,W,C] */
function toInterleaved(planes: Uint8Array, { count, channels, height, width }: Layout): Uint8Array {
  const size = channels * height * width;
  const bytes = new Uint8Array(planes.length);
  for (let i = 0; i < count; i++)
    interleave(planes.subarray(i * size, (i + 1) * size), channels, height * width, bytes, i * size);
  return bytes;
}
