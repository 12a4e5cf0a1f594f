// What passes on layers with weights share: arithmetic on weights, each call of which adds a node that runs once, when a module loads; and
// what is asked of a layer.

import type { Attributes, Node, ValueId } from '../ir/graph.ts';
import type { Editor } from '../ir/rewrite.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { sameShape, sizeOf } from '../ir/tensor-type.ts';
import { paddingOf, sizeAt } from '../ops/attributes.ts';

export interface WeightArithmetic {
  /** Elementwise, broadcast as in NumPy; both operands have the same rank. */
  add(left: ValueId, right: ValueId): ValueId;
  sub(left: ValueId, right: ValueId): ValueId;
  mul(left: ValueId, right: ValueId): ValueId;
  div(left: ValueId, right: ValueId): ValueId;
  /** Returns the value itself if it has the shape already. */
  reshape(value: ValueId, shape: Shape): ValueId;
  /** [B, M, K] · [B, K, N] → [B, M, N]; with `transpose` the left one is [B, K, M]. A batch B of 1 is broadcast. */
  matmul(left: ValueId, right: ValueId, transpose?: boolean): ValueId;
  /** Over the axes, which stay with extent 1. */
  sum(value: ValueId, axes: readonly number[]): ValueId;
  slice(value: ValueId, start: readonly number[], size: Shape): ValueId;
  /** Along the first axis. */
  concat(values: readonly ValueId[]): ValueId;
  filled(shape: Shape, value: number): ValueId;
}

/** Arithmetic whose nodes are named after the layer they compute weights for: `conv1.mul`, `conv1.reshape_2`. */
export function weightArithmetic(editor: Editor, { name, origin }: Pick<Node, 'name' | 'origin'>): WeightArithmetic {
  const make = (op: string, inputs: readonly ValueId[], attributes: Attributes = {}): ValueId => {
    const made = `${name}.${op.replace('weight_', '')}`;
    return editor.add({ op, name: made, inputs, attributes, origin })[0];
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
export function layerOperands({ operands }: Node): readonly [ValueId, ValueId, ValueId?] {
  const [input, weight, bias] = operands;
  return bias === undefined ? [input!, weight!] : [input!, weight!, bias];
}

/** The parameters of a layer or scale. */
export const withBias = (weight: ValueId, bias: ValueId | undefined): readonly ValueId[] =>
  bias === undefined ? [weight] : [weight, bias];

/** Whether a convolution's window is one pixel, without padding. */
export const is1x1 = ({ attributes }: Node): boolean =>
  sizeAt(attributes, 'kernel').every((extent) => extent === 1) && paddingOf(attributes).every((width) => width === 0);

/** Whether the windows of a convolution begin at neighbouring pixels. */
export const hasStride1 = ({ attributes }: Node): boolean => sizeAt(attributes, 'stride').every((step) => step === 1);
