// A labelled data set, whatever files it comes from: pictures of one size, and the class of each.

import { type Shape, formatShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import { InputError } from './input-error.ts';

export interface LabelledImages {
  readonly count: number;
  /** 1 is grey, 3 is red, green, blue. */
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  /** Whether they were resized and cropped already, as the network's input says. */
  readonly isFitted?: boolean;
  /** Names of the classes; `0`, `1`, … where the source has none. */
  readonly classes: readonly string[];
  /** [count], each from 0 to `classes.length − 1`. */
  readonly labels: Uint16Array;
  /** What a network is to answer to each picture, where that is more than a class. All labels are 0 then. */
  readonly targets?: Targets;
  /** The same for the outputs of a network, by their names; `targets` say nothing then. */
  readonly named?: ReadonlyMap<string, Targets>;
  /** What the inputs of a network are given, by their names, where the examples are no pictures (`labelledTensors`). */
  readonly inputs?: ReadonlyMap<string, Targets>;
  /** The same as one tensor, [count, numbers], in the order in which a network takes them. */
  readonly numbers?: Targets;
  /**
   * Picture `index` as [H,W,C] bytes, perhaps a view of the data set that must not be changed; the bytes of its numbers where it is none.
   * Throws `RangeError` beyond `count`.
   */
  image(index: number): Uint8Array;
  /** All pictures, [count,H,W,C]; absent where they are not in memory before they are asked for. */
  bytes?(): Uint8Array;
  /** What another thread makes the same pictures of (`openShared`); absent where it cannot. */
  share?(): SharedImages;
}

/** A labelled data set as plain data, whose larger parts lie in memory that threads share. */
export type SharedImages = (SharedPixels | SharedDigits) & { readonly targets?: Targets };

export interface SharedPixels extends Pick<
  LabelledImages,
  'count' | 'channels' | 'height' | 'width' | 'isFitted' | 'classes' | 'labels'
> {
  readonly kind: 'pixels';
  /** [count, height, width, channels] */
  readonly pixels: Uint8Array;
}

/** Digits as they are drawn: those that one thread has drawn the others need not. */
export interface SharedDigits {
  readonly kind: 'digits';
  readonly options: {
    readonly count: number;
    readonly seed: number;
    readonly split: 'train' | 'test';
    readonly height: number;
    readonly width: number;
  };
  readonly kept?: KeptPictures;
}

export interface KeptPictures {
  /** [count, height, width] */
  readonly pictures: Uint8Array;
  /** [count], 1 where the picture is there. */
  readonly isDrawn: Uint8Array;
}

/** The bytes in memory that threads share, where they are not already. */
export function inSharedMemory(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

export interface Targets {
  /** Of one answer, without the count. */
  readonly shape: Shape;
  /** [count, …shape] */
  readonly values: Float32Array;
}

/** As many classes as two bytes can count. */
export const MAX_CLASSES = 65_536;

/** What a source may know of its classes: their names, or how many there are. */
export interface ClassOptions {
  readonly classes?: readonly string[] | number;
  /** Whether it is the part to test with, in which classes may be without pictures. */
  readonly isTest?: boolean;
}

/** The pictures of one block of bytes, [count, height, width, channels]. Labels as in `checkedLabels`. Throws `InputError`. */
export function labelledImages(
  form: Pick<LabelledImages, 'count' | 'channels' | 'height' | 'width' | 'isFitted'>,
  pixels: Uint8Array,
  labels: ArrayLike<number>,
  options: ClassOptions = {},
): LabelledImages {
  const { count, channels, height, width, isFitted = false } = form;
  const size = channels * height * width;
  if (pixels.length !== count * size)
    throw new InputError(
      `${count} pictures of ${height}×${width} pixels need ${count * size} bytes, but there are ${pixels.length}`,
    );
  const checked = checkedLabels(count, labels, options);
  const about = { count, channels, height, width, ...(isFitted && { isFitted }), ...checked };
  // One of the two is in memory: what was shared takes the place of what was given.
  let kept = pixels;
  return {
    ...about,
    image: (index) => {
      checkIndex(index, count);
      return kept.subarray(index * size, (index + 1) * size);
    },
    bytes: () => kept,
    share() {
      kept = inSharedMemory(kept);
      return { kind: 'pixels', ...about, pixels: kept };
    },
  };
}

/**
 * The pictures with what a network is to answer to each, [count, …shape]: numbers in an array of any kind. Throws `InputError` for a number
 * that is not finite in f32, or where they are not as many as the shape says.
 */
export function withTargets(images: LabelledImages, { shape, values }: GivenTargets): LabelledImages {
  checkTargets(images.count, { shape, values });
  for (let at = 0; at < values.length; at += 1)
    if (!(Number.isFinite(values[at]) && Number.isFinite(Math.fround(values[at]!))))
      throw new InputError(
        `number ${at} of the targets is ${values[at]}; expected finite numbers (image ${Math.floor(at / sizeOf(shape))})`,
      );
  return withValues(images, { shape, values });
}

interface GivenTargets {
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
}

/** Throws `InputError` where there are not as many as the shape says. */
export function checkTargets(count: number, { shape, values }: GivenTargets, what = 'targets'): void {
  checkShape(shape);
  if (values?.length !== count * sizeOf(shape))
    throw new InputError(
      `${count} ${what} of shape ${formatShape(shape)} are ${count * sizeOf(shape)} numbers, but there are ${values?.length ?? 'none'}`,
    );
}

/** The pictures with these answers, whatever they are. */
export function withValues(images: LabelledImages, { shape, values }: GivenTargets): LabelledImages {
  const { share, ...others } = images;
  // As with pictures, one of the two is in memory.
  let kept = values instanceof Float32Array ? values : Float32Array.from(values);
  return {
    ...others,
    ...(share && {
      share() {
        kept = sharedNumbers(kept);
        return { ...share(), targets: { shape, values: kept } };
      },
    }),
    classes: numbered(1),
    labels: new Uint16Array(images.count),
    targets: {
      shape,
      get values() {
        return kept;
      },
    },
  };
}

function checkShape(shape: unknown): void {
  const isShape = Array.isArray(shape) && shape.every((extent) => Number.isInteger(extent) && extent > 0);
  if (!isShape)
    throw new InputError(
      'the shape of targets is a list of the extents of one answer, such as [24, 32] for the classes of pixels',
    );
}

function sharedNumbers(numbers: Float32Array): Float32Array {
  const { buffer, byteOffset, byteLength } = numbers;
  if (buffer instanceof SharedArrayBuffer) return numbers;
  return new Float32Array(inSharedMemory(new Uint8Array(buffer, byteOffset, byteLength)).buffer);
}

/**
 * Labels and names of the classes. Without `classes` there are as many as the largest label tells. Throws `InputError` where there
 * are no pictures, labels are not as many as pictures, one is out of range, or a class has no picture.
 */
export function checkedLabels(
  count: number,
  labels: ArrayLike<number>,
  { classes, isTest = false }: ClassOptions,
): Pick<LabelledImages, 'classes' | 'labels'> {
  if (labels.length !== count) throw new InputError(`there are ${count} pictures but ${labels.length} labels`);
  if (count === 0) throw new InputError('the data set holds no pictures');
  let largest = 0;
  const limit = typeof classes === 'number' ? classes : (classes?.length ?? MAX_CLASSES);
  for (let i = 0; i < count; i++) {
    const label = labels[i]!;
    if (!(label >= 0 && label < limit && Number.isInteger(label)))
      throw new InputError(`label ${i} is ${label}; labels are whole numbers from 0 to ${limit - 1}`);
    if (label > largest) largest = label;
  }
  const names = typeof classes === 'object' ? classes : numbered(classes ?? largest + 1);
  const counts = new Uint32Array(names.length);
  for (let i = 0; i < count; i++) counts[labels[i]!]! += 1;
  const empty = counts.indexOf(0);
  if (empty >= 0 && !isTest) {
    const named = typeof classes === 'object' ? ` (${names[empty]})` : '';
    const instead =
      typeof classes === 'object' ? 'take its name out of the classes' : 'number the classes without gaps';
    throw new InputError(
      `class ${empty}${named} has no picture; there are ${names.length} classes, counted from 0: add pictures of it, or ${instead}`,
    );
  }
  return { classes: names, labels: Uint16Array.from(labels) };
}

/** The pictures with the given indices, in their order. Throws `RangeError` for an index beyond the data set. */
export function subset(images: LabelledImages, indices: ArrayLike<number>): LabelledImages {
  const chosen = Uint32Array.from(indices);
  for (const index of chosen) checkIndex(index, images.count);
  const { share: _, bytes: __, ...others } = images;
  const { targets, named, inputs, numbers } = images;
  const those = (all: Targets): Targets => ({ ...all, values: targetsAt(all, chosen) });
  const ofEach = (all: ReadonlyMap<string, Targets>) => new Map([...all].map(([name, one]) => [name, those(one)]));
  return {
    ...others,
    ...(targets && { targets: those(targets) }),
    ...(named && { named: ofEach(named) }),
    ...(inputs && { inputs: ofEach(inputs) }),
    ...(numbers && { numbers: those(numbers) }),
    count: chosen.length,
    labels: Uint16Array.from(chosen, (index) => images.labels[index]!),
    image: (index) => {
      checkIndex(index, chosen.length);
      return images.image(chosen[index]!);
    },
  };
}

/** Tensors of `count` examples as one, [count, numbers]: of each example all, one behind the other. */
export function joined(count: number, parts: readonly Targets[]): Targets {
  const sizes = parts.map(({ shape }) => sizeOf(shape));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (parts.length === 1) return { shape: [total], values: parts[0]!.values };
  const values = new Float32Array(count * total);
  let start = 0;
  parts.forEach((part, at) => {
    const size = sizes[at]!;
    for (let index = 0; index < count; index += 1)
      values.set(part.values.subarray(index * size, (index + 1) * size), index * total + start);
    start += size;
  });
  return { shape: [total], values };
}

/** Those of the pictures with the given indices, one after the other. */
export function targetsAt({ shape, values }: Targets, indices: ArrayLike<number>): Float32Array {
  const size = sizeOf(shape);
  const chosen = new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++)
    chosen.set(values.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
  return chosen;
}

/** Throws `RangeError` unless `index` is a picture's. */
export function checkIndex(index: number, count: number): void {
  if (!(index >= 0 && index < count && Number.isInteger(index)))
    throw new RangeError(`there is no picture ${index}; the data set holds ${count}`);
}

/** `0`, `1`, … as names of classes. */
export function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}
