// Elementwise operators of several values, which only training uses: optimisers' updates, gradients of elementwise operators,
// normalisation by the statistics of a batch. Each says its scalar expression once; shape rule and reference follow from it.

import { scalarFunction } from '../ir/scalar-evaluate.ts';
import type { Attributes } from '../ir/graph.ts';
import type { AttributeSpec, Operator, Tensor } from '../ir/operator.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { channelAxis, channelsOf, formatType, sameShape, sizeOf, tensorType } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';

export interface Combination extends Pick<Operator, 'name'> {
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
  /** How many values there are. */
  readonly values: number;
  /** `x` is the first one, `channel(i)` number i. */
  readonly expression: (attributes: Attributes) => ScalarExpression;
}

/** The first value's type → the same. Others are of its type, [C] or [1], which are repeated; these without the batch axis. */
export function defineCombination({ values, expression, attributes = {}, ...rest }: Combination): Operator {
  return {
    ...rest,
    attributes,
    internal: true,
    arity: { min: values, max: values },
    constraints: { C1: repeats(rest.name) },
    infer: (inputs, _, report) => {
      const wrong = inputs.findIndex((input) => !fitsInto(input, inputs[0]!));
      return wrong < 0
        ? inputs.slice(0, 1)
        : report('C1', { found: inputs.map(formatType).join(', '), operand: wrong });
    },
    reference(operands, stored, inputs) {
      const apply = scalarFunction(expression(stored));
      const data = new Float64Array(operands[0]!.data.length);
      eachElement(operands, inputs, (at, _, element) => (data[at] = apply(element[0]!, element)));
      return [{ shape: operands[0]!.shape, data }];
    },
    combine: expression,
    lowering: { kind: 'combination' },
  };
}

/** Several sums over the same values. */
export interface BatchSums extends Omit<Combination, 'expression'> {
  /** What is added up, a result each. */
  readonly expressions: (attributes: Attributes) => readonly ScalarExpression[];
}

/** Σ over images and pixels of an expression of several values: [N,C,…] or [N,L,C] → [C] without the batch axis. */
export function defineBatchSum({ expression, ...rest }: Combination): Operator {
  return defineBatchSums({ ...rest, expressions: (attributes) => [expression(attributes)] });
}

/** The same of several expressions, a result each. */
export function defineBatchSums({ values, expressions, attributes = {}, ...rest }: BatchSums): Operator {
  return {
    ...rest,
    attributes,
    internal: true,
    arity: { min: values, max: values },
    constraints: { C1: repeats(rest.name), C2: `the first value of \`${rest.name}\` must have the batch axis` },
    infer: (inputs, stored, report) => {
      const [first] = inputs;
      const wrong = inputs.findIndex((input) => !fitsInto(input, first!));
      if (wrong >= 0) return report('C1', { found: inputs.map(formatType).join(', '), operand: wrong });
      if (!first!.batched) return report('C2', { found: formatType(first!) });
      return expressions(stored).map(() => tensorType([channelsOf(first!)], false));
    },
    reference: (operands, stored, inputs) =>
      expressions(stored).map((expression) => {
        const apply = scalarFunction(expression);
        const sums = new Float64Array(channelsOf(inputs[0]!));
        eachElement(operands, inputs, (_, channel, element) => (sums[channel]! += apply(element[0]!, element)));
        return { shape: [sums.length], data: sums };
      }),
    sums: expressions,
    lowering: { kind: 'batch-sum' },
  };
}

/** Σ over all elements of an expression of several values, which have no batch axis: [A,…] → [1]. */
export function defineSum({ values, expression, attributes = {}, ...rest }: Combination): Operator {
  return {
    ...rest,
    attributes,
    internal: true,
    arity: { min: values, max: values },
    constraints: { C1: repeats(rest.name), C2: `the values of \`${rest.name}\` must have no batch axis` },
    infer: (inputs, _, report) => {
      const [first] = inputs;
      const wrong = inputs.findIndex((input) => !fitsInto(input, first!));
      if (wrong >= 0) return report('C1', { found: inputs.map(formatType).join(', '), operand: wrong });
      return first!.batched ? report('C2', { found: formatType(first!) }) : [tensorType([1], false)];
    },
    reference(operands, stored, inputs) {
      const apply = scalarFunction(expression(stored));
      let sum = 0;
      eachElement(operands, inputs, (_, _channel, element) => (sum += apply(element[0]!, element)));
      return [{ shape: [1], data: Float64Array.of(sum) }];
    },
    combine: expression,
    lowering: { kind: 'sum' },
  };
}

const repeats = (name: string): string =>
  `the values of \`${name}\` must be of the first one's type, or [C] or [1] without the batch axis`;

function fitsInto({ shape, batched }: TensorType, whole: TensorType): boolean {
  if (sameShape(shape, whole.shape) && batched === whole.batched) return true;
  return !batched && shape.length === 1 && (shape[0] === 1 || shape[0] === channelsOf(whole));
}

/** Calls `visit` with the index of each element of the first operand, its channel, and the elements of all that belong to it. */
function eachElement(
  operands: readonly Tensor[],
  inputs: readonly TensorType[],
  visit: (index: number, channel: number, element: readonly number[]) => void,
): void {
  const [type] = inputs as readonly [TensorType, ...TensorType[]];
  const channels = channelsOf(type);
  const inner = sizeOf(type.shape.slice(channelAxis(type) + 1));
  const rows = operands[0]!.data.length / inner;
  for (let row = 0; row < rows; row += 1) {
    const channel = row % channels;
    for (let at = row * inner; at < (row + 1) * inner; at += 1) {
      const element = operands.map(({ data }, i) => {
        if (i === 0 || (sameShape(inputs[i]!.shape, type.shape) && inputs[i]!.batched === type.batched))
          return data[at]!;
        return data[data.length === 1 ? 0 : channel]!;
      });
      visit(at, channel, element);
    }
  }
}
