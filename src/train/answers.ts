// What the outputs of a network with several losses are asked for each image: by name in the data set, one behind the other in a step.

import { partsOf } from '../../compiler/autodiff/loss-sum.ts';
import type { TrainSettings } from '../../compiler/frontend/index.ts';
import { trainedGraph } from '../../compiler/index.ts';
import type { CompiledNetwork } from '../../compiler/index.ts';
import { type Shape, formatShape, sameShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { PartFacts } from '../../runtime/abi.ts';
import type { Split } from '../data/dataset.ts';
import { InputError, printable } from '../data/input-error.ts';
import type { LabelledImages, Targets } from '../data/labelled-images.ts';
import { packedTargets } from '../data/named-targets.ts';
import { explained } from './compiled.ts';
import { lossesOf } from './recipe.ts';
import { checkShares } from './target.ts';

/** The answers to the outputs, where the loss is a sum of theirs. Throws `InputError`. */
export function answersOf(
  network: CompiledNetwork,
  { loss }: Pick<TrainSettings, 'loss'>,
): readonly PartFacts[] | undefined {
  const losses = lossesOf(loss);
  if (losses.kind !== 'sum') return undefined;
  const graph = trainedGraph(network);
  return explained(graph, () => partsOf(graph, losses));
}

interface Data {
  readonly training: LabelledImages;
  readonly test?: LabelledImages;
}

/** The data with the answers to the outputs of which the losses are. Throws `InputError`. */
export function answered(network: CompiledNetwork, settings: TrainSettings, data: Data): Data {
  const { training, test } = data;
  const parts = answersOf(network, settings);
  if (!parts) refuseNamed(training);
  if (!parts) return data;
  return {
    training: withAnswers(training, parts, 'train'),
    ...(test && { test: withAnswers(test, parts, 'test') }),
  };
}

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
function refuseNamed({ named }: LabelledImages): void {
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
  if (areShares) return checkShares({ shape, values }, split, `targets of ${of}`);
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
        : `${of} has ${classes} classes, counted from 0${ignored !== undefined ? `, and ignores ${ignored}` : isOne(part.shape) ? '' : '; what does not count has a class of its own, as in `ignore: 255`'}`;
    throw new InputError(`${what} have ${values[wrong]} as ${place}; ${takes}`);
  }
  const counts = (value: number): boolean => (classes === undefined ? !Number.isNaN(value) : value !== ignored);
  if (!values.some(counts))
    throw new InputError(`none of ${what} counts: all are ${classes === undefined ? 'NaN' : ignored}`);
}
