// Boxes of values: along each axis every so-manieth place from a first one on. What slices and crops take, and their gradient.

import type { Attributes } from '../ir/graph.ts';
import type { Box, Operator, Tensor } from '../ir/operator.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { listOf } from './attributes.ts';
import { allocateLike, batchOf } from './tensors.ts';

/** Calls `visit` for each element of a box of `shape` with its index, and that of its place in all of `whole`. */
function eachOf({ start, step }: Box, shape: Shape, whole: Shape, visit: (at: number, place: number) => void): void {
  const size = sizeOf(shape);
  for (let at = 0; at < size; at += 1) {
    let [rest, place, stride] = [at, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      place += (start[axis]! + (rest % shape[axis]!) * step[axis]!) * stride;
      rest = Math.floor(rest / shape[axis]!);
      stride *= whole[axis]!;
    }
    visit(at, place);
  }
}

/** The elements of a box of `shape`: x [N?,…] → y [N?,…]. */
export function cutOut(x: Tensor, type: TensorType, box: Box, shape: Shape): Tensor {
  const y = allocateLike(x, type, shape);
  const [own, whole] = [sizeOf(shape), sizeOf(type.shape)];
  for (let n = 0; n < batchOf(x, type); n += 1) {
    eachOf(box, shape, type.shape, (at, place) => (y.data[n * own + at] = x.data[n * whole + place]!));
  }
  return y;
}

/** dy of a box → dx [N?,…] of the shape that it was cut out of, 0 elsewhere. */
export const boxGradient: Operator = {
  name: 'box_gradient',
  // The gradient of `slice` and `crop`: zeros around what was cut out.
  internal: true,
  attributes: {
    // The first place along each axis.
    start: { type: 'ints', minimum: 0 },
    // From one place to the next along each axis.
    step: { type: 'ints', minimum: 1 },
    // The shape that the box was cut out of.
    shape: { type: 'ints', minimum: 1 },
  },
  constraints: {},
  infer: ([dy], attributes) => [{ ...dy!, shape: listOf(attributes, 'shape') }],
  reference([dy], attributes, [type]) {
    const whole = listOf(attributes, 'shape');
    const dx = allocateLike(dy!, type!, whole);
    const [own, size] = [sizeOf(type!.shape), sizeOf(whole)];
    for (let n = 0; n < batchOf(dy!, type!); n += 1) {
      eachOf(
        boxIn(attributes),
        type!.shape,
        whole,
        (at, place) => (dx.data[n * size + place] = dy!.data[n * own + at]!),
      );
    }
    return [dx];
  },
  box: boxIn,
  lowering: { kind: 'box-gradient' },
};

function boxIn(attributes: Attributes): Box {
  return { start: listOf(attributes, 'start'), step: listOf(attributes, 'step') };
}
