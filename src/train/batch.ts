// From a labelled data set to the numbers of a batch: each image augmented or not, then made a tensor as the network's input says.

import type { Choice } from '../../compiler/frontend/sections/train.ts';
import type { InputSettings } from '../../compiler/ir/graph.ts';
import { type Shape, formatShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Pixels } from '../../runtime/abi.ts';
import { picturePlanes, toGray } from '../../runtime/picture.ts';
import { InputError } from '../data/input-error.ts';
import { targetsAt } from '../data/labelled-images.ts';
import type { LabelledImages, Targets } from '../data/labelled-images.ts';
import type { Picture } from '../data/picture.ts';
import { defaultSettings, fitPicture, isPictureShape } from '../data/preprocess.ts';
import { augmenter } from './augment/augment.ts';

export interface Batches {
  /** Numbers of one image, [C,H,W]. */
  readonly elements: number;
  /** Those of the data set, where it has some. */
  readonly given?: Targets;
  /** The classes of the pixels of images as they are in an epoch of training, [n,H,W]; only with `isMap`. */
  readonly maps?: (indices: ArrayLike<number>, epoch: number) => Float32Array;
  /** Images as they are in an epoch of training: `values` gets [n,C,H,W], `labels` [n], n being the number of indices. */
  fillTraining(indices: ArrayLike<number>, epoch: number, values: Float32Array, labels: Int32Array): void;
  /** The same without augmentation, as `cnnc run` would see them: for validation and tests. */
  fillPlain(indices: ArrayLike<number>, values: Float32Array, labels: Int32Array): void;
}

export interface BatchOptions {
  /** The network's input, [C,H,W] with 1 or 3 channels. */
  readonly shape: Shape;
  readonly settings?: InputSettings | undefined;
  readonly augment?: readonly Choice[];
  /** 0 unless said. */
  readonly seed?: number;
  /** Whether the targets are classes of pixels, which change with the pictures. */
  readonly isMap?: boolean;
  /** Of these, the one whose pixels do not count. */
  readonly ignored?: number | undefined;
}

/**
 * Images become grey first where the network takes grey. Those that have the input's size after augmentation are scaled only;
 * others are resized and cropped as the input's settings say. Throws `InputError` where they do not get its size by that.
 */
export function batchesOf(
  images: LabelledImages,
  { shape, settings = defaultSettings, augment = [], seed = 0, isMap = false, ignored }: BatchOptions,
): Batches {
  const [channels = 0, height = 0, width = 0] = shape;
  const elements = sizeOf(shape);
  if (images.numbers) return numbersOf(images, images.numbers, augment);
  if (!isPictureShape(shape))
    throw new InputError(
      `the input is ${formatShape(shape)}, but a picture makes [1, height, width] or [3, height, width]; numbers are inputs: train-inputs.npy`,
    );
  const { targets } = images;
  if (targets && augment.length > 0 && !isMap)
    throw new InputError(
      'the data set has targets, which `augment` would leave as they are while the pictures change; remove augment',
    );
  if (images.count === 0) throw new InputError('the data set holds no pictures');
  const { size, augment: change } = augmenter(augment, images);
  const isFitted = images.isFitted === true && images.height === height && images.width === width;
  const isSized = size.height === height && size.width === width && shape.length === 3;
  const maps =
    targets && isMap && augment.length > 0 ? changedMaps(images, targets, { augment, seed, ignored }) : undefined;
  if (maps && !isSized)
    throw new InputError(
      `augment makes pictures of ${size.height}×${size.width} pixels, but the input is ${formatShape(shape)}; where pixels have classes, it has to make the input's size`,
    );
  const picture = (index: number): Picture => {
    const { width: across, height: down, channels: samples } = images;
    const stored: Picture = { width: across, height: down, channels: samples, data: images.image(index) };
    return channels === 1 || settings.colors === 'gray' ? (toGray(stored) as Picture) : stored;
  };
  const training = (index: number, epoch: number): Pixels => {
    const changed = change(picture(index), seed, epoch, index) as Picture;
    return isSized ? changed : fitPicture(changed, settings, shape);
  };
  const plain = (index: number): Pixels => (isFitted ? picture(index) : fitPicture(picture(index), settings, shape));
  // What is wrong with the size of one image is wrong with all.
  plain(0);
  if (augment.length > 0) training(0, 0);
  const write = planesWriter(settings, channels);
  const fill = (
    indices: ArrayLike<number>,
    values: Float32Array,
    labels: Int32Array,
    seen: (index: number) => Pixels,
  ): void => {
    for (let i = 0; i < indices.length; i++) {
      write(seen(indices[i]!), values, i * elements);
      labels[i] = images.labels[indices[i]!]!;
    }
  };
  return {
    elements,
    ...(targets && { given: targets }),
    ...(maps && { maps }),
    fillTraining: (indices, epoch, values, labels) => fill(indices, values, labels, (index) => training(index, epoch)),
    fillPlain: (indices, values, labels) => fill(indices, values, labels, plain),
  };
}

/** Examples that are tensors: as they are. Throws `InputError` for what changes pictures. */
function numbersOf(images: LabelledImages, numbers: Targets, augment: readonly Choice[]): Batches {
  if (augment.length > 0)
    throw new InputError('augment changes pictures, but the inputs of the data set are numbers; remove augment');
  const fill: Batches['fillPlain'] = (indices, values, labels) => {
    values.set(targetsAt(numbers, indices));
    for (let at = 0; at < indices.length; at++) labels[at] = images.labels[indices[at]!]!;
  };
  return {
    elements: sizeOf(numbers.shape),
    ...(images.targets && { given: images.targets }),
    fillTraining: (indices, _epoch, values, labels) => fill(indices, values, labels),
    fillPlain: fill,
  };
}

/** Classes that are bytes. */
const MOST_CLASSES = 256;

/**
 * Classes [count, H, W] of the pixels of pictures, moved as these are; what comes in is of the ignored class, or else of class 0. Throws
 * `InputError` where they cannot be.
 */
function changedMaps(
  images: LabelledImages,
  targets: Targets,
  {
    augment,
    seed,
    ignored,
  }: { readonly augment: readonly Choice[]; readonly seed: number; readonly ignored: number | undefined },
): NonNullable<Batches['maps']> {
  const { height, width } = images;
  const { shape } = targets;
  const [down, across] = shape.slice(-2);
  if (down !== height || across !== width)
    throw new InputError(
      `augment moves the classes of pixels with the pictures: maps of ${height}×${width} are needed, those of the data set are ${formatShape(shape)}; remove augment`,
    );
  // What comes in is 0.
  const first = ignored === undefined ? 0 : 1;
  const byteOf = (value: number): number => (value === ignored ? 0 : value + first);
  const classOf = (byte: number): number => (byte < first ? ignored! : byte - first);
  if (targets.values.some((value) => byteOf(value) >= MOST_CLASSES))
    throw new InputError(`augment moves maps of up to ${MOST_CLASSES} classes; remove augment`);
  const { size, augment: change } = augmenter(augment, images, 'classes');
  if (size.height !== height || size.width !== width)
    throw new InputError(
      `augment makes pictures of ${size.height}×${size.width} pixels, but those of the data set, and the maps of their classes, have ${height}×${width}; where pixels have classes, it has to leave their size as it is`,
    );
  return (indices, epoch) => {
    const all = new Float32Array(indices.length * height * width);
    for (let at = 0; at < indices.length; at++) {
      const index = indices[at]!;
      const data = Uint8Array.from(targetsAt(targets, [index]), byteOf);
      const moved = change({ width, height, channels: 1, data }, seed, epoch, index);
      all.set(Float32Array.from(moved.data, classOf), at * height * width);
    }
    return all;
  };
}

/** Writes the planes of a picture at `at`, as `picturePlanes` makes them: there are only 256 numbers in each. */
function planesWriter(
  settings: InputSettings,
  channels: number,
): (picture: Pixels, to: Float32Array, at: number) => void {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const table = picturePlanes({ width: 256, height: 1, channels: 1, data: bytes }, settings, channels);
  return ({ width, height, channels: samples, data }, to, at) => {
    const pixels = width * height;
    for (let channel = 0; channel < channels; channel++) {
      const numbers = table.subarray(channel * 256, (channel + 1) * 256);
      const first = samples === 1 ? 0 : settings.colors === 'bgr' ? 2 - channel : channel;
      const start = at + channel * pixels;
      for (let i = 0, from = first; i < pixels; i++, from += samples) to[start + i] = numbers[data[from]!]!;
    }
  };
}
