// Elementwise operators of one value: each says its scalar expression once; shape rule and reference follow from it.

import { scalarFunction } from '../ir/scalar-evaluate.ts';
import type { Attributes } from '../ir/graph.ts';
import type { AttributeSpec, Operator, Tensor } from '../ir/operator.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';

export interface Elementwise
  extends
    Pick<Operator, 'name' | 'summary'>,
    Partial<
      Pick<Operator, 'internal' | 'clips' | 'keepsPositive' | 'monotone' | 'parameters' | 'range' | 'unchanged'>
    > {
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
  readonly constraints?: Readonly<Record<string, string>>;
  /** Checks the attributes or the shape; false after reporting. */
  readonly check?: (...rule: Parameters<Operator['infer']>) => boolean;
  readonly expression: (attributes: Attributes) => ScalarExpression;
}

/** Any shape → the same shape. Per-channel operands are [C] along the first axis, or [1] when all channels share one. */
export function defineElementwise({
  attributes = {},
  constraints = {},
  check,
  expression,
  ...rest
}: Elementwise): Operator {
  return {
    ...rest,
    attributes,
    constraints,
    infer: (inputs, values, report) => (check?.(inputs, values, report) === false ? undefined : inputs.slice(0, 1)),
    reference: ([x, ...channels], values, [type]) => [evaluate(x!, channels, expression(values), type!)],
    pointwise: expression,
    lowering: { kind: 'pointwise' },
  };
}

// x [N?,C,…] · operands [C] or [1] → y as x
function evaluate(x: Tensor, operands: readonly Tensor[], expression: ScalarExpression, { shape }: TensorType): Tensor {
  const apply = scalarFunction(expression);
  const inner = sizeOf(shape.slice(1));
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += inner) {
    const channel = (start / inner) % shape[0]!;
    const values = [NaN, ...operands.map((operand) => operand.data[operand.data.length === 1 ? 0 : channel]!)];
    for (let at = start; at < start + inner; at += 1) data[at] = apply(x.data[at]!, values);
  }
  return { shape: x.shape, data };
}
