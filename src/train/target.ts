// What a network is asked for each image, by its loss and the shape of its output.

import type { Loss } from '../../compiler/autodiff/recipe.ts';
import { ignorable } from '../../compiler/frontend/sections/train-menu.ts';
import { type Shape, formatShape, sameShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Split } from '../data/dataset.ts';
import type { PartFacts } from '../../runtime/abi.ts';
import { type Counting, countedImages } from '../../runtime/trainer.ts';
import { InputError, printable } from '../data/input-error.ts';
import { type LabelledImages, type Targets, targetsAt } from '../data/labelled-images.ts';

export interface Target {
  /**
   * `class`: its number. `map`: the class of each pixel, which the data set says. `scores`: 1 for its class and 0 for all others. `number`:
   * the label. `picture`: the input itself. `given`: what the data set says.
   */
  readonly kind: 'class' | 'map' | 'scores' | 'number' | 'picture' | 'given';
  /** Numbers of one image. */
  readonly elements: number;
  /** Classes that the output can tell apart; absent where it tells none. */
  readonly classes?: number;
  /** Of maps: the class of pixels that do not count. */
  readonly ignored?: number | undefined;
  /** Whether each number should be 0 or 1, or a share of both. */
  readonly isBinary?: boolean;
  /** Whether there is an answer for each pixel of the image, which moves with it. */
  readonly areMasks?: boolean;
  /** Of several outputs, the answers to each. */
  readonly parts?: readonly PartFacts[];
}

/** Whether the answers belong to the pixels of the image, with which they move. */
export const areMoved = ({ kind, areMasks }: Target): boolean => kind === 'map' || areMasks === true;

/** What is known of a network and its data set. */
export interface Question {
  /** Of the network. */
  readonly name: string;
  /** Of its input and output, without the batch axis. */
  /** Absent where there are several. */
  readonly input?: Shape;
  readonly output: Shape;
  /** Of the targets, where the data set has some. */
  readonly given?: Shape;
}

/**
 * Cross-entropy takes the class of the image, or of each pixel where there are scores for each. Other losses are of the differences from
 * the data set's targets; where it has labels, from 1 for the class and 0 for the others, from the label where there is one number, and from the
 * image itself where the output has its shape. Throws `InputError` for any other shape.
 */
export function targetOf(loss: Loss, { name, input, output, given }: Question): Target {
  const elements = sizeOf(output);
  const isMap = loss.kind === 'cross_entropy' && output.length === 3 && elements !== output[0];
  if (loss.kind === 'cross_entropy' && loss.ignore !== undefined && !isMap)
    throw new InputError(
      `${name} gives ${formatShape(output)}, one class for an image; \`ignore\` leaves out pixels, of scores such as [21, 64, 64]; leave it out`,
    );
  if (isMap)
    return {
      ...mapOf({ name, output, ...(given && { given }) }, 'train'),
      ...(loss.ignore !== undefined && { ignored: loss.ignore }),
    };
  const isBinary = loss.kind === 'binary_cross_entropy';
  if (given) {
    if (loss.kind === 'cross_entropy')
      throw new InputError(
        'the data set has targets; cross_entropy takes labels; `loss: mean_squared_error` compares with targets, as does binary_cross_entropy with those from 0 to 1',
      );
    const areClasses = output.length === 3 && sameShape(given, output.slice(1));
    const areMasks = areClasses && output[0] === 1;
    if (!sameShape(given, output) && !areMasks)
      throw new InputError(
        `${name} gives ${formatShape(output)}, but the targets of the data set are ${formatShape(given)}${areClasses ? '; `loss: cross_entropy` compares scores of classes with the class of each pixel' : ''}`,
      );
    const isMap = output.length === 3 && output[0] === 1 && elements > 1;
    return { kind: 'given', elements, ...(isBinary && { isBinary, ...(isMap && { areMasks: true }) }) };
  }
  if (loss.kind === 'cross_entropy') return { kind: 'class', elements: 1, classes: elements };
  const binary = isBinary ? { isBinary } : {};
  if (input && sameShape(input, output)) return { kind: 'picture', elements, ...binary };
  if (elements === output[0] && elements === 1) return { kind: 'number', elements, ...binary };
  if (elements === output[0]) return { kind: 'scores', elements, classes: elements, ...binary };
  throw new InputError(
    `${name} gives ${formatShape(output)}; ${loss.kind} of labelled images takes a number for each class, one number, or the shape of the input`,
  );
}

/** Of scores for each pixel, [classes, H, W]: the data of this part of the data set have the class of each. Throws `InputError`. */
export function mapOf(
  { name, output, given }: Omit<Question, 'input'>,
  split: Split,
): Target & { readonly classes: number } {
  const [classes = 0, ...pixels] = output;
  const expected = `${name} gives ${formatShape(output)}, scores for each pixel, which are compared with the class of each pixel: targets ${formatShape(pixels)} of each image`;
  if (!given) throw new InputError(`${expected}, in ${split}-targets.npy; the data set has one label for an image`);
  const isRight = sameShape(given, pixels) || sameShape(given, [1, ...pixels]);
  if (!isRight) throw new InputError(`${expected}; those of the data set are ${formatShape(given)}`);
  return { kind: 'map', elements: sizeOf(pixels), classes };
}

/** Throws `InputError` where an image of this part of the data set is of a class that the output does not have. */
export function checkLabels(
  { labels, classes: names }: Pick<LabelledImages, 'labels' | 'classes'>,
  target: Pick<Target, 'classes'> & Partial<Target>,
  output: string,
  split: Split,
): void {
  const isNumber = target.isBinary === true && target.kind === 'number';
  const classes = isNumber ? 2 : target.classes;
  if (classes === undefined) return;
  const largest = labels.reduce((a, b) => Math.max(a, b), 0);
  if (largest < classes) return;
  const name = names[largest] ?? '';
  const called = name === '' || name === String(largest) ? '' : `, ${printable(name)}`;
  const [has, advice] = isNumber
    ? ['is one number, which tells 0 from 1', 'take a layer with a score for each class, and cross_entropy']
    : [
        `has ${classes} classes, counted from 0`,
        `give the last layer ${largest + 1} classes, or leave such images out`,
      ];
  throw new InputError(
    `the labels go up to ${largest}, but ${output} ${has}: ${split} image ${labels.indexOf(largest)} is of class ${largest}${called}; ${advice}`,
  );
}

/** Throws `InputError` for a number that is not from 0 to 1 among the targets of this part of the data set. */
export function checkShares({ shape, values }: Targets, split: Split, what = 'targets'): void {
  const wrong = values.findIndex((value) => !(value >= 0 && value <= 1));
  if (wrong < 0) return;
  const at = wrong % sizeOf(shape);
  throw new InputError(
    `${split} image ${(wrong - at) / sizeOf(shape)} has ${values[wrong]} as number ${at} of its ${what}; binary_cross_entropy takes numbers from 0 to 1${values[wrong] === 255 ? ': write 1 for 255' : ''}`,
  );
}

/**
 * Throws `InputError` unless all targets of this part of the data set are classes of pixels, or the ignored one; it says `howToIgnore` one
 * that is no class.
 */
export function checkClasses(
  { shape, values }: Targets,
  { classes = 0, ignored }: Pick<Target, 'classes' | 'ignored'>,
  output: string,
  split: Split,
  howToIgnore = (value: number): string => `\`loss: cross_entropy(ignore: ${value})\``,
): void {
  const wrong = values.findIndex(
    (value) => !(Number.isInteger(value) && value >= 0 && value < classes) && value !== ignored,
  );
  if (wrong < 0) return;
  const value = values[wrong]!;
  const mayBeIgnored = Number.isInteger(value) && value >= ignorable.minimum && value <= ignorable.maximum;
  const hint = ignored === undefined && mayBeIgnored ? `, or let such pixels not count: ${howToIgnore(value)}` : '';
  const width = shape.at(-1)!;
  const pixel = wrong % sizeOf(shape);
  const place = `row ${Math.floor(pixel / width)}, column ${pixel % width}`;
  throw new InputError(
    `${split} image ${(wrong - pixel) / sizeOf(shape)} has ${value} as the class of a pixel (${place}), but ${output} has ${classes} classes, counted from 0${ignored === undefined ? '' : `, and ignores ${ignored}`}; give each pixel one of these${hint}`,
  );
}

/** Throws `InputError` where all of these images, or their pixels that count, are of classes whose weights are 0. */
export function checkWeighed(
  { labels, targets }: Pick<LabelledImages, 'labels' | 'targets'>,
  counting: Counting,
  what: string,
  indices: ArrayLike<number>,
): void {
  if (counting.classWeights === undefined || indices.length === 0) return;
  for (let at = 0; at < indices.length; at += 1) {
    const index = indices[at]!;
    const classes = targets ? targetsAt(targets, [index]) : Float32Array.of(labels[index]!);
    if (countedImages(classes, 1, counting) > 0) return;
  }
  throw new InputError(
    `none of the ${indices.length} ${what} images counts: the weights of their classes are 0; give one of these a weight`,
  );
}

/** Throws `InputError` where there are `what`, but no pixel of these images is of a class that counts. */
export function checkCounted(
  targets: Targets,
  ignored: number | undefined,
  what: string,
  indices: ArrayLike<number>,
): void {
  if (ignored === undefined || indices.length === 0) return;
  for (let at = 0; at < indices.length; at += 1)
    if (targetsAt(targets, [indices[at]!]).some((value) => value !== ignored)) return;
  throw new InputError(
    `no pixel of the ${indices.length} ${what} images counts: all are of the class ${ignored}, which is ignored`,
  );
}

/** A batch, or a part of one. */
export interface Asked {
  /** In the data set, to which `given` belongs. */
  readonly indices: ArrayLike<number>;
  readonly labels: Int32Array;
  /** Tensors of the images. */
  readonly images: Float32Array;
  readonly given?: Targets | undefined;
}

/** What the network is to answer, one image after the other. */
export function targetsOf({ kind, elements }: Target, { indices, labels, images, given }: Asked): Float32Array {
  if (kind === 'given' || kind === 'map') return targetsAt(given!, indices);
  if (kind === 'picture') return images.slice();
  if (kind !== 'scores') return Float32Array.from(labels);
  const targets = new Float32Array(labels.length * elements);
  labels.forEach((label, at) => (targets[at * elements + label] = 1));
  return targets;
}
