// Products of parameters with a number for each index of the first axis, as a batch norm makes them of filters, and strides of operands.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { operatorOf, typeOf } from '../ir/signature.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { alignedShapes } from '../ops/aligned-shapes.ts';

export interface Factors {
  /** The operand of the shape of the product. */
  readonly whole: ValueId;
  /** The one with `count` numbers, one for each `every` elements. */
  readonly factor: ValueId;
  readonly every: number;
  readonly count: number;
}

/** What a node multiplies, where it is such a product of several elements each; else undefined. */
export function factorsOf(
  graph: Graph,
  { op, operands, results }: Node,
  operators: OperatorTable,
): Factors | undefined {
  const { lowering } = operatorOf(operators, op);
  if (lowering?.kind !== 'arithmetic' || lowering.operation !== 'mul' || operands.length !== 2) return undefined;
  const { shape } = typeOf(graph, results[0]!);
  const count = shape[0]!;
  const every = sizeOf(shape) / count;
  if (count === 1 || every === 1) return undefined;
  const strides = alignedShapes([...operands.map((one) => typeOf(graph, one).shape), shape])
    .slice(0, -1)
    .map((operand) => broadcastStrides(operand, shape).join());
  const whole = operands[strides.indexOf(rowMajor(shape).join())];
  const factor = operands[strides.indexOf(shape.map((_, axis) => (axis === 0 ? 1 : 0)).join())];
  return whole === undefined || factor === undefined ? undefined : { whole, factor, every, count };
}

/** Row-major strides of a dense tensor. */
export const rowMajor = (shape: Shape): readonly number[] => broadcastStrides(shape, shape);

/** Row-major strides of `shape`, 0 along the axes in which it is repeated to fill `full`. */
export function broadcastStrides(shape: Shape, full: Shape): readonly number[] {
  let step = 1;
  const strides = full.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    strides[axis] = shape[axis] === 1 ? 0 : step;
    step *= shape[axis]!;
  }
  return strides;
}
