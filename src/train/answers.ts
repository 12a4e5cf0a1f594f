// What the outputs of a network with several losses are asked for each image: by name in the data set, one behind the other in a step.

import { type Shape, formatShape, sameShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { PartFacts } from '../../runtime/abi.ts';
import type { Split } from '../data/dataset.ts';
import { InputError, printable } from '../data/input-error.ts';
import type { LabelledImages, Targets } from '../data/labelled-images.ts';
import { packedTargets } from '../data/named-targets.ts';
import { checkShares } from './target.ts';

/** How a data set has them. */
const file = (split: Split): string => `${split}-targets.npz or ${split}-targets.safetensors`;

/** The images of this part of the data set, with the answers to these outputs as one. Throws `InputError`. */
export function withAnswers(images: LabelledImages, parts: readonly PartFacts[], split: Split): LabelledImages {
  const { named } = images;
  if (!named)
    throw new InputError(
      `the losses are of ${listed(parts.map(({ of }) => of))}, but the ${split} images have ${images.targets ? 'targets without names' : 'one label each'}; expected ${file(split)} with a tensor of each of these names`,
    );
  return packedTargets(
    images,
    parts.map((part) => {
      const found = named.get(part.of);
      if (!found)
        throw new InputError(
          `there are no ${split} targets of ${part.of}; found ${listed([...named.keys()].map(printable))}, expected ${expected(part)}`,
        );
      checkAnswers(found, part, split);
      return { ...found, shape: part.shape };
    }),
  );
}

/** Throws `InputError` for targets by names where the loss names no output. */
export function refuseNamed({ named }: LabelledImages): void {
  if (!named) return;
  const names = [...named.keys()].map(printable);
  throw new InputError(
    `the data set has targets of ${listed(names)}; a loss says which output it compares with them: \`loss: mean_squared_error(of: ${names[0]})\``,
  );
}

const listed = (names: readonly string[]): string => names.join(', ') || 'none';

const expected = ({ of, shape, classes }: PartFacts): string =>
  `a tensor ${of} [count${isOne(shape) ? '' : `, ${shape.join(', ')}`}]${classes === undefined ? '' : `, classes from 0 to ${classes - 1}`}`;

const isOne = (shape: Shape): boolean => shape.length === 1 && shape[0] === 1;

function checkAnswers({ shape, values }: Targets, part: PartFacts, split: Split): void {
  const { of, classes, ignored, areShares } = part;
  const what = `the ${split} targets of ${of}`;
  const isRight = sameShape(shape, part.shape) || (part.classes !== undefined && sameShape(shape, [1, ...part.shape]));
  if (!isRight) throw new InputError(`${what} are ${formatShape(shape)} of each image; expected ${expected(part)}`);
  if (areShares) return checkShares({ shape, values }, split, of);
  const size = sizeOf(shape);
  const isFit = (value: number): boolean =>
    classes === undefined
      ? value - value === 0 || Number.isNaN(value)
      : (Number.isInteger(value) && value >= 0 && value < classes) || value === ignored;
  const wrong = values.findIndex((value) => !isFit(value));
  if (wrong >= 0) {
    const place = `number ${wrong % size} of image ${Math.floor(wrong / size)}`;
    const takes =
      classes === undefined
        ? 'expected finite numbers, or NaN for those that do not count'
        : `${of} has ${classes} classes, counted from 0${ignored === undefined ? '; what does not count has a class of its own, as in `ignore: 255`' : `, and ignores ${ignored}`}`;
    throw new InputError(`${what} have ${values[wrong]} as ${place}; ${takes}`);
  }
  const counts = (value: number): boolean => (classes === undefined ? !Number.isNaN(value) : value !== ignored);
  if (!values.some(counts))
    throw new InputError(`none of ${what} counts: all are ${classes === undefined ? 'NaN' : ignored}`);
}
