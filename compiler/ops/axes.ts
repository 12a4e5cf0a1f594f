// Names of axes in attributes, as in `over: channels`: which axes of a shape each stands for, by ir/tensor-type.ts.

import type { Attributes } from '../ir/graph.ts';
import type { AttributeSpec, Violation, Window } from '../ir/operator.ts';
import { axisNames, channelAxis, formatShape } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { wordOf } from './attributes.ts';

/** What can be written: an axis of an image, of tokens or of a flat value, or `map`, which is all axes. */
export const axisWords = ['channels', 'height', 'width', 'map', 'length', 'features'] as const;

/** An attribute that names an axis, of the channels if it is not given. */
export const axisSpec: AttributeSpec = {
  type: 'choice',
  choices: axisWords,
  default: 'channels',
};

/**
 * The indices of the axes, the batch axis not counted; undefined where the shape has no axis of that name. `channels` are the numbers
 * of one pixel, so also the features of a token and those of a flat value.
 */
export function axesOf(shape: Shape, word: string): readonly number[] | undefined {
  if (word === 'map') return shape.map((_, axis) => axis);
  const names = axisNames(shape.length) ?? [];
  const axis = names.indexOf(word === 'channels' && !names.includes('channels') ? 'features' : word);
  return axis < 0 ? undefined : [axis];
}

/** The index of a single axis; undefined also for `map`. */
export function axisOf(shape: Shape, word: string): number | undefined {
  return word === 'map' ? undefined : axesOf(shape, word)?.[0];
}

/** An attribute that names the one axis along which values are joined or cut. */
export const alongSpec: AttributeSpec = {
  ...axisSpec,
  choices: axisWords.filter((word) => word !== 'map'),
};

/** With one word for the axis that has two: features are channels. */
export function withOneName(attributes: Attributes, name = 'along'): Attributes {
  return attributes[name] === 'features' ? { ...attributes, [name]: 'channels' } : attributes;
}

/** The index of the axis along which values of this type are joined or cut; the channels of weights are their first axis. */
export function alongAxis(type: TensorType, attributes: Attributes): number | undefined {
  const word = wordOf(attributes, 'along');
  return word === 'channels' ? channelAxis(type) : axisOf(type.shape, word);
}

/** What to say where a shape has no axis of the name that `attribute` gives. */
export function noSuchAxis(shape: Shape, word: string, attribute: string): Violation {
  const names = [...(axisNames(shape.length) ?? []), ...(attribute === 'over' ? ['map'] : [])];
  return {
    found: `${attribute}: ${word} of ${formatShape(shape)}`,
    expected: names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} or ${names.at(-1)!}`,
    attribute,
  };
}

/** The window of what sees all numbers along an axis, or of the whole map, from every place along it: there it does not slide. */
export function windowOver(shape: Shape, word: string): Window {
  const [height = 1, width = 1] = shape.length === 3 ? shape.slice(1) : [1, ...shape.slice(0, -1)];
  const [rows, columns] = [['height'], ['width', 'length']].map((words) => word === 'map' || words.includes(word));
  return {
    kernel: [rows ? height : 1, columns ? width : 1],
    stride: [rows ? 0 : 1, columns ? 0 : 1],
    padding: [0, 0, 0, 0],
    dilation: [1, 1],
  };
}
