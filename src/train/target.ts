// What a network is asked for each image, by its loss and the shape of its output.

import type { Loss } from '../../compiler/autodiff/recipe.ts';
import { ignorable } from '../../compiler/frontend/sections/train-menu.ts';
import { type Shape, formatShape, sameShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Split } from '../data/dataset.ts';
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
}

/** What is known of a network and its data set. */
export interface Question {
  /** Of the network. */
  readonly name: string;
  /** Of its input and output, without the batch axis. */
  readonly input: Shape;
  readonly output: Shape;
  /** Of the targets, where the data set has some. */
  readonly given?: Shape;
}

/**
 * Cross-entropy takes the class of the image, or of each pixel where there are scores for each. Squared errors are those from the data
 * set's targets; where it has labels, from 1 for the class and 0 for the others, from the label where there is one number, and from the
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
  if (given) {
    if (loss.kind !== 'mean_squared_error')
      throw new InputError(
        'the data set has targets; `loss: mean_squared_error` compares with them, cross_entropy takes labels',
      );
    const areClasses = output.length === 3 && sameShape(given, output.slice(1));
    if (!sameShape(given, output))
      throw new InputError(
        `${name} gives ${formatShape(output)}, but the targets of the data set are ${formatShape(given)}${areClasses ? '; `loss: cross_entropy` compares scores of classes with the class of each pixel' : ''}`,
      );
    return { kind: 'given', elements };
  }
  if (loss.kind === 'cross_entropy') return { kind: 'class', elements: 1, classes: elements };
  if (sameShape(input, output)) return { kind: 'picture', elements };
  if (elements === output[0]) return elements === 1 ? { kind: 'number', elements } : scores(elements);
  throw new InputError(
    `${name} gives ${formatShape(output)}; mean_squared_error of labelled images takes a number for each class, one number, or the shape of the input`,
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
  { classes }: Pick<Target, 'classes'>,
  output: string,
  split: Split,
): void {
  if (classes === undefined) return;
  const largest = labels.reduce((a, b) => Math.max(a, b), 0);
  if (largest < classes) return;
  const name = names[largest] ?? '';
  const called = name === '' || name === String(largest) ? '' : `, ${printable(name)}`;
  throw new InputError(
    `the labels go up to ${largest}, but ${output} has ${classes} classes, counted from 0: ${split} image ${labels.indexOf(largest)} is of class ${largest}${called}; give the last layer ${largest + 1} classes, or leave such images out`,
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

const scores = (elements: number): Target => ({ kind: 'scores', elements, classes: elements });

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
