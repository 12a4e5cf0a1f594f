// The adjoint of repeating: what a gradient says of an operand whose extents are 1 where the result's are not, or which has no batch
// axis, is added up.

import type { ValueId } from '../ir/graph.ts';
import type { StepBuilder } from '../ir/operator.ts';
import { axisNames, sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { alignedShapes } from './aligned-shapes.ts';

/** Nodes that sum a gradient to the type of an operand that was repeated; the gradient itself where it was not. */
export function unbroadcast(step: StepBuilder, gradient: ValueId, type: TensorType): ValueId {
  const whole = step.typeOf(gradient);
  const [, aligned] = alignedShapes([whole.shape, type.shape]) as readonly [Shape, Shape];
  const image = sumAxes(step, gradient, aligned);
  if (type.batched || !whole.batched) return reshaped(step, image, type.shape);
  const row = reshaped(step, image, [sizeOf(type.shape)]);
  return reshaped(step, step.apply('channel_sum', [row]), type.shape);
}

/** Of a map that becomes one number all at once, else along one axis after the other. */
function sumAxes(step: StepBuilder, gradient: ValueId, shape: Shape): ValueId {
  const from = step.typeOf(gradient).shape;
  const isSummed = (extent: number, axis: number): boolean => extent !== 1 && shape[axis] === 1;
  const sum = (value: ValueId, over: string): ValueId => step.apply('reduce', [value], { operation: 'sum', over });
  if (from.length > 1 && from.every((extent, axis) => extent === 1 || isSummed(extent, axis))) {
    return from.some(isSummed) ? sum(gradient, 'map') : gradient;
  }
  return axisNames(from.length)!
    .filter((_, axis) => isSummed(from[axis]!, axis))
    .reduce(sum, gradient);
}

function reshaped(step: StepBuilder, value: ValueId, shape: Shape): ValueId {
  const { shape: old } = step.typeOf(value);
  if (old.length === shape.length && old.every((extent, axis) => extent === shape[axis])) return value;
  return step.apply('reshape', [value], { shape });
}
