// Elementwise operators of one value: each says its scalar expression once; shape rule, reference and gradient follow from it.

import { scalarFunction } from '../ir/scalar-evaluate.ts';
import type { Attributes } from '../ir/graph.ts';
import type { AttributeSpec, Operator, Tensor } from '../ir/operator.ts';
import { derivative } from '../ir/scalar-derivative.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { channel, mul, x } from '../ir/scalar.ts';
import { substitute } from '../ir/scalar-substitute.ts';
import { channelAxis, channelsOf, sizeOf } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import { defineCombination } from './combination.ts';

export interface Elementwise
  extends
    Pick<Operator, 'name'>,
    Partial<
      Pick<
        Operator,
        | 'clips'
        | 'companions'
        | 'describe'
        | 'elsewhere'
        | 'gradient'
        | 'internal'
        | 'keepsPositive'
        | 'monotone'
        | 'parameters'
        | 'range'
        | 'unchanged'
      >
    > {
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
  readonly constraints?: Readonly<Record<string, string>>;
  /** Checks the attributes or the shape; false after reporting. */
  readonly check?: (...rule: Parameters<Operator['infer']>) => boolean;
  readonly expression: (attributes: Attributes) => ScalarExpression;
  /**
   * ∂y/∂x where it is not what differentiating the expression gives; or as an expression of the result y, written `x`, so that the
   * operand need not be kept.
   */
  readonly slope?: (attributes: Attributes) => Slope;
}

export interface Slope {
  readonly of: 'operand' | 'result';
  readonly expression: ScalarExpression;
}

/** Any shape → the same shape. Per-channel operands are [C], or [1] when all channels share one. */
export function defineElementwise({
  attributes = {},
  constraints = {},
  check,
  expression,
  slope = (values) => ({ of: 'operand', expression: derivative(expression(values)) }),
  ...rest
}: Elementwise): Operator {
  const backward = gradientOf(rest.name, attributes, (values) => slope(values).expression);
  return {
    ...rest,
    attributes,
    constraints,
    infer: (inputs, values, report) => (check?.(inputs, values, report) === false ? undefined : inputs.slice(0, 1)),
    reference: ([x, ...channels], values, [type]) => [evaluate(x!, channels, expression(values), type!)],
    pointwise: expression,
    lowering: { kind: 'pointwise' },
    ...(!rest.gradient && {
      companions: [backward],
      gradient: ({ apply, operands, results, upstream, attributes: values }) => [
        apply(backward.name, [upstream[0]!, slope(values).of === 'operand' ? operands[0]! : results[0]!], values),
      ],
    }),
  };
}

/** dy · slope of the second value. */
function gradientOf(
  name: string,
  attributes: Readonly<Record<string, AttributeSpec>>,
  slope: (attributes: Attributes) => ScalarExpression,
): Operator {
  return defineCombination({
    name: `${name}_gradient`,
    // The gradient of `${name}`.
    attributes,
    values: 2,
    expression: (values) => mul(x, substitute(slope(values), channel(1))),
  });
}

// x [N?,C,…] or [N,L,C] · operands [C] or [1] → y as x
function evaluate(x: Tensor, operands: readonly Tensor[], expression: ScalarExpression, type: TensorType): Tensor {
  const apply = scalarFunction(expression);
  const channels = channelsOf(type);
  const inner = sizeOf(type.shape.slice(channelAxis(type) + 1));
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += inner) {
    const channel = (start / inner) % channels;
    const values = [NaN, ...operands.map((operand) => operand.data[operand.data.length === 1 ? 0 : channel]!)];
    for (let at = start; at < start + inner; at += 1) data[at] = apply(x.data[at]!, values);
  }
  return { shape: x.shape, data };
}
