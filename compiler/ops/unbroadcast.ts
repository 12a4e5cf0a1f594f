// The adjoint of repeating: what a gradient says of an operand whose extents are 1 where the result's are not, or which has no batch
// axis, is added up. Sums along axes are means of windows that cover them, times their size.

import type { ValueId } from '../ir/graph.ts';
import type { StepBuilder } from '../ir/operator.ts';
import { sizeOf } from '../ir/tensor-type.ts';
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

function sumAxes(step: StepBuilder, gradient: ValueId, shape: Shape): ValueId {
  const from = step.typeOf(gradient).shape;
  const summed = from.map((extent, axis) => extent !== 1 && shape[axis] === 1);
  if (!summed.includes(true)) return gradient;
  if (from.length === 2) {
    const map = sumAxes(step, reshaped(step, gradient, [1, ...from]), [1, ...shape]);
    return reshaped(step, map, shape);
  }
  const [depth, ...plane] = from as readonly [number, ...number[]];
  // The channels become rows, of which each is a column of pixels.
  if (summed[0]!) {
    const pixels = sizeOf(plane);
    const row = means(step, reshaped(step, gradient, [1, depth, pixels]), [depth, 1]);
    return sumAxes(step, reshaped(step, row, [1, ...plane]), shape);
  }
  return means(
    step,
    gradient,
    plane.map((extent, axis) => (summed[axis + 1]! ? extent : 1)),
  );
}

/** Sums over windows that do not overlap. */
function means(step: StepBuilder, value: ValueId, kernel: readonly number[]): ValueId {
  const [, ...plane] = step.typeOf(value).shape;
  const isWhole = kernel.every((extent, axis) => extent === plane[axis]);
  const mean = isWhole ? step.apply('global_avg_pool', [value]) : step.apply('avg_pool', [value], { kernel });
  return step.apply('times', [mean], { factor: sizeOf(kernel) });
}

function reshaped(step: StepBuilder, value: ValueId, shape: Shape): ValueId {
  const { shape: old } = step.typeOf(value);
  if (old.length === shape.length && old.every((extent, axis) => extent === shape[axis])) return value;
  return step.apply('reshape', [value], { shape });
}
