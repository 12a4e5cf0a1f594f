// How the windows of convolutions and pools lie on an image, in PyTorch's terms: padding inside the layer where both sides are the
// same, else around the image before it.

import { flagOf } from '../../../../compiler/ops/attributes.ts';
import { axesOf, outputExtent, reach, windowOf } from '../../../../compiler/ops/window.ts';
import type { Attributes } from '../../../../compiler/ir/graph.ts';
import type { Shape } from '../../../../compiler/ir/tensor-type.ts';
import type { Code } from '../code.ts';
import { hole, py } from '../code.ts';

/** Left, right, top, bottom, as `F.pad` takes them. */
export type Sides = readonly [number, number, number, number];

/** The padding of a window in that order. */
export const sidesOf = ({
  padding: [top, left, bottom, right],
}: Pick<ReturnType<typeof windowOf>, 'padding'>): Sides => [left, right, top, bottom];

/** Whether opposite sides have the same padding. */
export const isEven = ([left, right, top, bottom]: Sides): boolean => left === right && top === bottom;

/** The image with rows and columns around it; the image itself where there are none. */
export function padded(x: string, sides: Sides, value = '0.0'): Code {
  if (sides.every((side) => side === 0)) return [x];
  return value === '0.0'
    ? py`F.pad(${x}, ${hole('padding', sides)})`
    : py`F.pad(${x}, ${hole('padding', sides)}, value=${value})`;
}

/**
 * What a pool's last windows overhang the padded image by: left, right, top, bottom; below 0 where rounding up would have one more, in the
 * padding alone, which is left out.
 */
export function overhang(attributes: Attributes, shape: Shape): Sides {
  const [below, right] = axesOf(windowOf(attributes), shape, flagOf(attributes, 'ceil')).map((axis) => {
    const needed = (outputExtent(axis) - 1) * axis.stride + reach(axis);
    return axis.ceil ? needed - axis.input - axis.before - axis.after : 0;
  });
  return [0, right!, 0, below!];
}
