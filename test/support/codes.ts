// Codes, weights and ranges for tests of what computes with whole numbers.

import type { Tensor } from '../../compiler/ir/operator.ts';
import { inferNode, operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import type { Attributes } from '../../compiler/ir/graph.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { sizeOf, tensorType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';

/** A tensor of those numbers. */
export const tensor = (shape: Shape, data: Iterable<number>): Tensor => ({ shape, data: Float64Array.from(data) });

/** A range parameter. */
export const rangeTensor = (zero: number, low = 0, high = 127): Tensor => tensor([3], [zero, low, high]);

/** Whole numbers from `least` to `most`, the same for the same seed (a linear congruential generator). */
export function wholeNumbers(shape: Shape, least: number, most: number, seed: number): Tensor {
  let state = seed >>> 0;
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
  return tensor(shape, Array.from({ length: sizeOf(shape) }, draw));
}

/** The result of an operator's reference on batches of codes and its parameters; shapes are inferred, and must be right. */
export function applied(
  op: string,
  data: readonly Tensor[],
  parameters: readonly Tensor[],
  written: Attributes = {},
  element: 'u8' | 'f32' = 'u8',
): Tensor {
  const operator = operatorOf(operators, op);
  const inputs = data.map(({ shape }) => tensorType(shape.slice(1), true, element));
  const attributes = storedAttributes(operator, written, inputs);
  const { results, parameters: specs, problems } = inferNode(operator, inputs, attributes);
  if (!results) throw new RangeError(problems.join('; '));
  const shapes = parameters.map(({ shape }) => shape.join());
  if (shapes.join(' ') !== specs.map(({ shape }) => shape.join()).join(' '))
    throw new RangeError(
      `parameters are ${shapes.join(' ')}, expected ${specs.map(({ shape }) => shape.join()).join(' ')}`,
    );
  const [result] = operator.reference([...data, ...parameters], attributes, inputs);
  return result!;
}
