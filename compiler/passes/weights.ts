// Arithmetic on weights as passes write it: each call adds a node that runs once, when the module loads.

import type { Attributes, Node, ValueId } from '../ir/graph.ts';
import type { Editor } from '../ir/rewrite.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { sameShape, sizeOf } from '../ir/tensor-type.ts';

export interface WeightArithmetic {
  /** As in NumPy at equal rank: extents agree or are 1. */
  add(left: ValueId, right: ValueId): ValueId;
  sub(left: ValueId, right: ValueId): ValueId;
  mul(left: ValueId, right: ValueId): ValueId;
  div(left: ValueId, right: ValueId): ValueId;
  /** The same value when it has that shape. */
  reshape(value: ValueId, shape: Shape): ValueId;
  /** [B, M, K] · [B, K, N] → [B, M, N]; `transpose`: the first is [B, K, M]. A stack of one is repeated. */
  matmul(left: ValueId, right: ValueId, transpose?: boolean): ValueId;
  /** The axes become 1. */
  sum(value: ValueId, axes: readonly number[]): ValueId;
  slice(value: ValueId, start: readonly number[], size: Shape): ValueId;
  /** Along the first axis. */
  concat(values: readonly ValueId[]): ValueId;
  filled(shape: Shape, value: number): ValueId;
}

/** New nodes are named after the node whose weights they make. */
export function weightArithmetic(editor: Editor, { name, origin }: Pick<Node, 'name' | 'origin'>): WeightArithmetic {
  const make = (op: string, inputs: readonly ValueId[], attributes: Attributes = {}): ValueId => {
    const made = `${name}.${op.replace('weight_', '')}`;
    return editor.add({ op, name: made, inputs, attributes, ...(origin ? { origin } : {}) })[0];
  };
  return {
    add: (left, right) => make('add', [left, right]),
    sub: (left, right) => make('sub', [left, right]),
    mul: (left, right) => make('mul', [left, right]),
    div: (left, right) => make('div', [left, right]),
    reshape: (value, shape) =>
      sameShape(editor.typeOf(value).shape, shape) ? value : make('reshape', [value], { shape }),
    matmul: (left, right, transpose = false) => make('weight_matmul', [left, right], { transpose }),
    sum: (value, axes) => make('reduce_sum', [value], { axes }),
    slice: (value, start, size) => make('weight_slice', [value], { start, size }),
    concat: (values) => make('concat', values),
    filled: (shape, value) => editor.constant(shape, new Float64Array(sizeOf(shape)).fill(value)),
  };
}

/** Data operand, weight and bias of a convolution or dense layer. */
export const layerOperands = ({ operands }: Node): readonly [ValueId, ValueId, ValueId?] =>
  operands as unknown as readonly [ValueId, ValueId, ValueId?];
