// Applies an operator's reference to tensors written as nested lists, the way a book prints them.

import type { Attributes } from '../../compiler/ir/graph.ts';
import type { Tensor } from '../../compiler/ir/operator.ts';
import { operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { sizeOf, tensorType } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';

export type Nested = number | readonly Nested[];

/** One image [C, H, W] or [features] and the operator's parameters; attributes as written. → the results, nested. */
export function apply(
  op: string,
  x: Nested,
  attributes: Attributes = {},
  parameters: readonly Nested[] = [],
): readonly Nested[] {
  return applyToAll(op, [x], attributes, parameters);
}

/** The same for several data operands. */
export function applyToAll(
  op: string,
  xs: readonly Nested[],
  attributes: Attributes = {},
  parameters: readonly Nested[] = [],
): readonly Nested[] {
  const operator = operatorOf(operators, op);
  const inputs = xs.map((x) => tensorType(shapeOf(x)));
  const operands = [...xs.map((x) => tensor([x])), ...parameters.map(tensor)];
  const results = operator.reference(operands, storedAttributes(operator, attributes, inputs), inputs);
  return results.map((result) => (nested(result) as readonly Nested[])[0]!);
}

/** `first`, `first + 1`, … in a shape. */
export function counting(shape: Shape, first = 0): Nested {
  return nested({ shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, index) => first + index) });
}

export function tensor(values: Nested): Tensor {
  return { shape: shapeOf(values), data: Float64Array.from(numbersOf(values)) };
}

export function nested({ shape, data }: Tensor): Nested {
  const [extent, ...rest] = shape;
  if (extent === undefined) return data[0]!;
  const size = sizeOf(rest);
  return Array.from({ length: extent }, (_, i) =>
    nested({ shape: rest, data: data.subarray(i * size, (i + 1) * size) }),
  );
}

/** All numbers, in order. */
export function numbersOf(values: Nested): readonly number[] {
  return typeof values === 'number' ? [values] : values.flatMap(numbersOf);
}

function shapeOf(values: Nested): Shape {
  return typeof values === 'number' ? [] : [values.length, ...shapeOf(values[0]!)];
}
